// The package's worker over a database whose requests fail where the page says so.

import "./faulty-database.js";
import "/pkg/workers/worker.js";
