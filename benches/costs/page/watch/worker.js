// The package's worker with somebody who watches it from its first line on.

import "./observer.js";
import "/pkg/workers/worker.js";
