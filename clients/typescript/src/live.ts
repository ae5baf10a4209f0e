// Live topics: over WebSocket where there is one, else as an event stream by fetch. A connection that is lost is made
// again and goes on from the last token of each topic.
import { Core, pause, WarpError } from "./core.js";

export interface LiveFrame {
  op: "hello" | "snapshot" | "event" | "dropped" | "error" | "pong" | "heartbeat";
  topic?: string;
  type?: string;
  seq?: number;
  token?: string;
  at?: string;
  data?: unknown;
  count?: number;
  code?: string;
  message?: string;
}

export interface LiveOptions {
  topics: string[];
  filter?: Record<string, unknown>;
  signal?: AbortSignal;
  /** Of WebSocket's kind; null: an event stream is read instead. Default: the global one, when there is one. */
  webSocket?: typeof WebSocket | null;
}

const LONGEST_PAUSE_MS = 15_000;

/** Frames as they come, until `signal` says so. Throws WarpError when the daemon refuses. */
export async function* live(client: Core, options: LiveOptions): AsyncGenerator<LiveFrame> {
  const tokens = new Map<string, string>();
  const socket = options.webSocket === undefined ? (globalThis as { WebSocket?: typeof WebSocket }).WebSocket : options.webSocket;
  for (let wait = 250; !options.signal?.aborted; wait = Math.min(wait * 2, LONGEST_PAUSE_MS)) {
    try {
      const frames = socket ? overSocket(client, options, tokens, socket) : overStream(client, options, tokens);
      for await (const frame of frames) {
        wait = 250;
        if (frame.topic && frame.token) tokens.set(frame.topic, frame.token);
        if (frame.op === "error" && frame.code === "RESUME_TOO_OLD" && frame.topic) {
          tokens.delete(frame.topic);
          break;
        }
        if (frame.op !== "heartbeat" && frame.op !== "pong") yield frame;
      }
    } catch (error) {
      if (options.signal?.aborted) return;
      if (error instanceof WarpError && error.code === "RESUME_TOO_OLD") tokens.clear();
      else if (error instanceof WarpError && error.status < 500 && error.status !== 429) throw error;
    }
    try {
      await pause(wait, options.signal);
    } catch {
      return;
    }
  }
}

async function* overSocket(client: Core, options: LiveOptions, tokens: Map<string, string>, Socket: typeof WebSocket): AsyncGenerator<LiveFrame> {
  const url = new URL(client.url("/live", { ticket: await ticket(client) }));
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const socket = new Socket(url);
  const queue: LiveFrame[] = [];
  let over = false;
  let wake = () => {};
  const end = () => {
    over = true;
    wake();
  };
  socket.onopen = () => {
    for (const topic of options.topics)
      socket.send(JSON.stringify({ op: "subscribe", topic, filter: options.filter, resume: tokens.get(topic) }));
  };
  socket.onmessage = (event) => {
    queue.push(JSON.parse(String(event.data)) as LiveFrame);
    wake();
  };
  socket.onclose = end;
  socket.onerror = end;
  options.signal?.addEventListener("abort", end, { once: true });
  try {
    for (;;) {
      const frame = queue.shift();
      if (frame) yield frame;
      else if (over) return;
      else await new Promise<void>((resolve) => { wake = resolve; });
    }
  } finally {
    socket.close();
  }
}

async function ticket(client: Core): Promise<string> {
  const response = await request(client, client.url("/live/tickets"), { method: "POST", body: "{}" });
  return ((await response.json()) as { data: { ticket: string } }).data.ticket;
}

async function* overStream(client: Core, options: LiveOptions, tokens: Map<string, string>): AsyncGenerator<LiveFrame> {
  const resume = options.topics.length === 1 ? tokens.get(options.topics[0] as string) : undefined;
  const url = client.url("/live/events", { topics: options.topics.join(","), resume });
  const response = await request(client, url, options.signal ? { signal: options.signal } : {});
  const decoder = new TextDecoder();
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let pending = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    pending += decoder.decode(value, { stream: true });
    for (let end = pending.indexOf("\n\n"); end >= 0; end = pending.indexOf("\n\n")) {
      const data = pending.slice(0, end).split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trimStart());
      pending = pending.slice(end + 2);
      if (data.length) yield JSON.parse(data.join("\n")) as LiveFrame;
    }
  }
}

async function request(client: Core, url: string, init: RequestInit): Promise<Response> {
  const key = await client.credential();
  const headers = { "Content-Type": "application/json", ...(key ? { Authorization: `Bearer ${key}` } : {}) };
  const response = await (client.options.fetch ?? fetch)(url, { ...init, headers });
  if (response.ok) return response;
  const text = await response.text();
  const error = text.startsWith("{") ? JSON.parse(text).error : undefined;
  throw new WarpError(response.status, error?.code ?? String(response.status), error?.message ?? text.slice(0, 200), error?.details);
}
