import "./state/first.js";
import "./app.js";

// What the page needs next comes meanwhile. Where that fails, opening the collection tells why.
import("ibid").catch(() => {});
