// Gives every request that the conformance suite makes of the server the token: the suite itself knows of none.
// It asks in three ways: by `fetch`, by `undici.request`, and by `http.request`.
import http from "node:http";

import { Agent, setGlobalDispatcher } from "undici";

const authorization = `Bearer ${process.env.PYST_CONFORMANCE_TOKEN}`;
const server = new URL(process.env.PYST_CONFORMANCE_URL);

const fetch = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const request = new Request(input, init);
  if (new URL(request.url).origin === server.origin) request.headers.set("authorization", authorization);
  return fetch(request);
};

setGlobalDispatcher(
  new Agent().compose((dispatch) => (options, handler) => {
    if (String(options.origin) !== server.origin) return dispatch(options, handler);
    return dispatch({ ...options, headers: { ...options.headers, authorization } }, handler);
  }),
);

const request = http.request;
http.request = (options, ...rest) => {
  const concerned = options.hostname === server.hostname && String(options.port) === server.port;
  return request(concerned ? { ...options, headers: { ...options.headers, authorization } } : options, ...rest);
};
