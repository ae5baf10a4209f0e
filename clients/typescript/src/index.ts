export { WarpClient } from "./client.js";
export { Core, WarpError, type CallOptions, type ClientOptions, type Meta, type Result } from "./core.js";
export { live, type LiveFrame, type LiveOptions } from "./live.js";
import type * as types from "./types.js";
export type { types };
