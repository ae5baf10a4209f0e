// What all operations share: the request, its retries, the envelope, errors, pages. Uses fetch alone.

export interface ClientOptions {
  /** Of the daemon: "https://warp.example.net". */
  baseUrl: string;
  /** An API key or an access token; a function is asked before each request. */
  key?: string | (() => string | Promise<string>);
  /** How often something that may be repeated is tried again; default 3. */
  retries?: number;
  /** Of the first pause, doubled each time; default 200. */
  pauseMs?: number;
  fetch?: typeof fetch;
}

export interface CallOptions {
  /** Sent with what can be done once: a repeat with the same key does nothing twice. Made up when none is given. */
  idempotencyKey?: string;
  /** The ETag of what was read: the change is refused when it is another by now. */
  ifMatch?: string;
  signal?: AbortSignal;
}

export interface Meta {
  timestamp?: string;
  request_id?: string;
  page?: number;
  per_page?: number;
  total?: number;
  total_pages?: number;
  next_cursor?: string | null;
  [name: string]: unknown;
}

export interface Result<Data> {
  data: Data;
  meta: Meta;
  status: number;
  warning?: string;
  etag?: string;
  headers: Headers;
}

/** A failure that the daemon explained, or a status without an explanation. */
export class WarpError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: Record<string, unknown> = {},
    readonly requestId?: string,
    readonly hint?: string,
    readonly link?: string,
  ) {
    super(message);
    this.name = "WarpError";
  }
}

export interface Shape {
  method: string;
  path: string;
  answer: string;
  body: string;
  /** May be sent again when nobody knows whether it was done. */
  repeatable: boolean;
  /** Knows Idempotency-Key. */
  keyed: boolean;
}

type Args = CallOptions & { path?: object; query?: object; body?: unknown };

const RETRIED = new Set([408, 429, 502, 503, 504]);
const LONGEST_PAUSE_MS = 30_000;

export class Core {
  private readonly fetcher: typeof fetch;

  constructor(readonly options: ClientOptions) {
    this.fetcher = options.fetch ?? ((input, init) => fetch(input, init));
  }

  /** The credential as it is now. */
  async credential(): Promise<string | undefined> {
    const { key } = this.options;
    return typeof key === "function" ? await key() : key;
  }

  url(path: string, query: object = {}): string {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== null) search.set(name, String(value));
    const text = search.toString();
    return `${this.options.baseUrl.replace(/\/+$/, "")}/api/v1${path}${text ? `?${text}` : ""}`;
  }

  protected async call<Data>(shape: Shape, args: Args): Promise<Result<Data>> {
    const headers = await this.headers(shape, args);
    const init: RequestInit = { method: shape.method, headers };
    if (args.signal) init.signal = args.signal;
    if (shape.body === "json" && args.body !== undefined) init.body = JSON.stringify(args.body);
    else if (args.body !== undefined) init.body = args.body as BodyInit;
    const response = await this.send(this.url(filled(shape.path, args.path), args.query), init, shape.repeatable);
    if (!response.ok) throw await failure(response);
    return await result<Data>(shape, response);
  }

  protected async *rows<Row>(shape: Shape, args: Args): AsyncGenerator<Row> {
    let query: Record<string, unknown> = { ...args.query };
    for (;;) {
      const { data, meta } = await this.call<Row[]>(shape, { ...args, query });
      for (const row of data) yield row;
      if (typeof meta.next_cursor === "string") query = { ...query, cursor: meta.next_cursor };
      else if (meta.page !== undefined && meta.page < (meta.total_pages ?? 0)) query = { ...query, page: meta.page + 1 };
      else return;
    }
  }

  private async headers(shape: Shape, args: Args): Promise<Headers> {
    const headers = new Headers({ Accept: "application/json" });
    const key = await this.credential();
    if (key) headers.set("Authorization", `Bearer ${key}`);
    if (shape.body === "csv") headers.set("Content-Type", "text/csv");
    else if (shape.body !== "octets" && shape.method !== "GET") headers.set("Content-Type", "application/json");
    if (shape.keyed) headers.set("Idempotency-Key", args.idempotencyKey ?? crypto.randomUUID());
    if (args.ifMatch) headers.set("If-Match", args.ifMatch);
    return headers;
  }

  private async send(url: string, init: RequestInit, repeatable: boolean): Promise<Response> {
    const tries = (repeatable ? this.options.retries ?? 3 : 0) + 1;
    for (let left = tries - 1; ; left -= 1) {
      try {
        const response = await this.fetcher(url, init);
        if (left <= 0 || !RETRIED.has(response.status)) return response;
        await pause(this.pauseOf(tries - 1 - left, response.headers.get("Retry-After")), init.signal);
      } catch (error) {
        if (left <= 0 || init.signal?.aborted) throw error;
        await pause(this.pauseOf(tries - 1 - left, null), init.signal);
      }
    }
  }

  private pauseOf(done: number, retryAfter: string | null): number {
    const seconds = Number(retryAfter);
    const usual = (this.options.pauseMs ?? 200) * 2 ** done * (0.75 + Math.random() / 2);
    return Math.min(retryAfter !== null && seconds > 0 ? seconds * 1000 : usual, LONGEST_PAUSE_MS);
  }
}

function filled(path: string, values: object = {}): string {
  const known = values as Record<string, unknown>;
  return path.replace(/\{([^}]+)\}/g, (_, name: string) => encodeURIComponent(String(known[name])));
}

export function pause(ms: number, signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new Error("aborted"));
    }, { once: true });
  });
}

async function result<Data>(shape: Shape, response: Response): Promise<Result<Data>> {
  const out: Result<Data> = { data: undefined as Data, meta: {}, status: response.status, headers: response.headers };
  const etag = response.headers.get("ETag");
  if (etag) out.etag = etag;
  if (response.status === 204 || shape.answer === "nothing") return out;
  if (shape.answer === "text") return { ...out, data: (await response.text()) as Data };
  if (shape.answer === "octets") return { ...out, data: (await response.arrayBuffer()) as Data };
  const text = await response.text();
  if (text === "") return out;
  const body = JSON.parse(text);
  if (shape.answer === "bare") return { ...out, data: body as Data };
  return { ...out, data: body.data as Data, meta: body.meta ?? {}, ...(body.warning ? { warning: body.warning } : {}) };
}

async function failure(response: Response): Promise<WarpError> {
  const text = await response.text();
  try {
    const { error, meta } = JSON.parse(text);
    return new WarpError(response.status, error.code, error.message, error.details ?? {}, meta?.request_id, error.hint, error.link);
  } catch {
    return new WarpError(response.status, String(response.status), `the daemon answers ${response.status}`);
  }
}
