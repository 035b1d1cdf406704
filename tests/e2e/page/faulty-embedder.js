// An embedding worker that fails as its address says; see faulty-pool.js.

import "/fault.js"; // first: its listener comes before the worker's own
import "/pkg/workers/embedding-worker.js";
