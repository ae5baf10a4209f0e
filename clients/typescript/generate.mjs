// Writes src/types.ts and src/client.ts from an OpenAPI document of warpd. Node alone, no dependency.
//
//   node generate.mjs ../../build/release/openapi.json [OUTPUT FOLDER]
//   node generate.mjs http://127.0.0.1:8080/api/v1/openapi.json
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
const PLAIN = /^[A-Za-z_$][A-Za-z0-9_$]*$/;
const HEAD = "// Generated from the OpenAPI document by generate.mjs; changes here are lost.\n";

const quoted = (name) => (PLAIN.test(name) ? name : JSON.stringify(name));
const camel = (id) => id.replace(/[^A-Za-z0-9]+([a-z0-9])/g, (_, c) => c.toUpperCase());
const pascal = (id) => camel(id).replace(/^[a-z]/, (c) => c.toUpperCase());
const comment = (text, indent = "") =>
  text ? `${indent}/** ${text.replaceAll("*/", "* /").replaceAll("\n", " ")} */\n` : "";

function typeOf(schema, indent = "") {
  if (!schema) return "unknown";
  let out = bareType(schema, indent);
  if (schema.nullable) out += " | null";
  return out;
}

function bareType(schema, indent) {
  if (schema.$ref) return `T.${schema.$ref.split("/").at(-1)}`;
  if (schema.oneOf) return schema.oneOf.map((one) => typeOf(one, indent)).join(" | ");
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  switch (schema.type) {
    case "string":
      return "string";
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "array":
      return `Array<${typeOf(schema.items, indent)}>`;
    case "object":
      return objectType(schema, indent);
    default:
      return "unknown";
  }
}

function objectType(schema, indent) {
  const members = Object.entries(schema.properties ?? {});
  if (members.length === 0) return "Record<string, unknown>";
  const needed = new Set(schema.required ?? []);
  const lines = members.map(
    ([name, member]) =>
      `${comment(member.description, `${indent}  `)}${indent}  ${quoted(name)}${needed.has(name) ? "" : "?"}: ` +
      `${typeOf(member, `${indent}  `)};\n`,
  );
  const more = schema.additionalProperties ? `${indent}  [name: string]: unknown;\n` : "";
  return `{\n${lines.join("")}${more}${indent}}`;
}

function types(document) {
  const all = Object.entries(document.components.schemas).map(
    ([name, schema]) => `${comment(schema.description)}export type ${name} = ${typeOf(schema)};\n`,
  );
  return `${HEAD}import type * as T from "./types.js";\n\n${all.join("\n")}`;
}

function parameters(document, operation, place) {
  return (operation.parameters ?? [])
    .map((one) => (one.$ref ? document.components.parameters[one.$ref.split("/").at(-1)] : one))
    .filter((one) => one.in === place);
}

function argument(list) {
  return list
    .map((one) => `${comment(one.description, "      ")}      ${quoted(one.name)}${one.required ? "" : "?"}: ${typeOf(one.schema)};\n`)
    .join("");
}

// What a success holds: {kind, type}. Kinds: data (in the envelope), bare, text, octets, nothing.
function answerOf(operation) {
  const status = Object.keys(operation.responses).find((one) => /^2/.test(one) && operation.responses[one].content)
    ?? Object.keys(operation.responses).find((one) => /^[23]/.test(one));
  const content = operation.responses[status]?.content;
  if (!content) return { kind: "nothing", type: "undefined" };
  const json = content["application/json"];
  if (!json) return content["text/csv"] ? { kind: "text", type: "string" } : { kind: "octets", type: "ArrayBuffer" };
  const data = json.schema.properties?.data;
  if (!json.schema.$ref && data && json.schema.properties?.success) return { kind: "data", type: typeOf(data), data };
  return { kind: "bare", type: typeOf(json.schema) };
}

function bodyOf(operation) {
  const content = operation.requestBody?.content;
  if (!content) return undefined;
  if (content["application/json"])
    return { kind: "json", type: typeOf(content["application/json"].schema), required: operation.requestBody.required };
  const kind = content["text/csv"] ? "csv" : "octets";
  return { kind, type: kind === "csv" ? "string" : "BodyInit", required: true };
}

function method(document, path, verb, operation) {
  const inPath = parameters(document, operation, "path");
  const query = parameters(document, operation, "query");
  const body = bodyOf(operation);
  const answer = answerOf(operation);
  const name = camel(operation.operationId);
  const queryNeeded = query.some((one) => one.required);
  const members = [];
  if (inPath.length) members.push(`    path: {\n${argument(inPath)}    };\n`);
  if (query.length) members.push(`    query${queryNeeded ? "" : "?"}: {\n${argument(query)}    };\n`);
  if (body) members.push(`    body${body.required ? "" : "?"}: ${body.type};\n`);
  const optional = !(inPath.length || queryNeeded || body?.required);
  const args = `${pascal(operation.operationId)}Args`;
  const declared = `export type ${args} = CallOptions & {\n${members.join("")}};\n`;
  const description = [operation.summary, operation["x-scope"] ? `Scope: ${operation["x-scope"]}.` : ""].filter(Boolean).join(". ");
  const shape = JSON.stringify({
    method: verb.toUpperCase(), path, answer: answer.kind, body: body?.kind ?? "none",
    repeatable: verb === "get" || operation["x-idempotency"] !== undefined,
    keyed: operation["x-idempotency"] !== undefined,
  });
  let text = `${comment(description, "  ")}  ${name}(args: ${args}${optional ? " = {}" : ""}): Promise<Result<${answer.type}>> {\n` +
    `    return this.call<${answer.type}>(${shape}, args);\n  }\n`;
  const names = new Set(query.map((one) => one.name));
  if (answer.data?.type === "array" && (names.has("page") || names.has("cursor"))) {
    const row = typeOf(answer.data.items);
    text += `${comment(`${operation.summary}: every row, page after page`, "  ")}  ${name}All(args: ${args}${optional ? " = {}" : ""}): AsyncGenerator<${row}> {\n` +
      `    return this.rows<${row}>(${shape}, args);\n  }\n`;
  }
  return { declared, text };
}

function client(document) {
  const parts = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, operation]) => operation.operationId)
      .map(([verb, operation]) => method(document, path, verb, operation)));
  return `${HEAD}import { Core, type CallOptions, type Result } from "./core.js";\nimport type * as T from "./types.js";\n\n` +
    `${parts.map((one) => one.declared).join("")}\n` +
    `/** Every operation of the API, by its operationId. */\nexport class WarpClient extends Core {\n${parts.map((one) => one.text).join("")}}\n`;
}

async function main() {
  const [source, folder = join(HERE, "src")] = process.argv.slice(2);
  if (!source) throw new Error("usage: node generate.mjs OPENAPI.json|URL [FOLDER]");
  const text = /^https?:/.test(source) ? await (await fetch(source)).text() : await readFile(source, "utf8");
  const document = JSON.parse(text);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "types.ts"), types(document));
  await writeFile(join(folder, "client.ts"), client(document));
}

await main();
