// What a server does that renders pages: it imports the package, renders what uses it, and opens nothing.

import { IbidError, openCollection } from "ibid";
import { IbidSearch } from "ibid/element";
import { LiveSearch } from "ibid/live";
import { passkeyKey } from "ibid/passkey";
import { useCollection, useSearch } from "ibid/react";
import { createElement } from "react";
import { renderToString } from "react-dom/server";

function Search() {
  const { collection, error } = useCollection("leases", { modelsUrl: "/models/" });
  const { hits } = useSearch(collection, "who repairs the roof?");
  return createElement(
    "p",
    null,
    `${collection ?? "no collection"}, ${error ?? "no error"}, ${hits.length} hits`,
  );
}

const refusal = await openCollection("leases", { modelsUrl: "/models/", assetsUrl: "/ibid/" }).catch(
  (error) => error,
);
console.log(
  JSON.stringify({
    rendered: renderToString(createElement(Search)),
    parts: [IbidSearch, LiveSearch, passkeyKey].map((part) => typeof part),
    refusal: refusal instanceof IbidError && refusal.code,
  }),
);
