/**
 * A passkey's secret as a key that wraps others.
 *
 * The authenticator keeps the secret and gives a hash of it and of what it is asked with (WebAuthn Level 3, section 10.1.4; HMAC of
 * CTAP 2.2), only after it has verified the person. HKDF (RFC 5869) makes of that a key of AES-KW, which nothing can read.
 */

import { aborted, IbidError } from "../error.js";

/** A passkey, by what it is asked for by. It is no secret, and may be stored anywhere, as JSON for example. */
export interface Passkey {
  /** The credential's id, in base64url. */
  id: string;
  /** The domain that it was made for, where that was named. */
  domain?: string;
}

/** What a new passkey is called. */
export interface NewPasskey {
  /** What the person tells it from others by, a mail address for example. */
  userName: string;
  /** The name of the site or app. */
  siteName: string;
  /** A domain that the page is on, or below; by default the page's own. The passkey works there and below. */
  domain?: string;
  /** Ends the question. */
  signal?: AbortSignal;
}

/** What the authenticator hashes with its secret: it gives this library nothing that others get, too. */
const PURPOSE = "ibid collection key 1";
const PRF = { prf: { eval: { first: new TextEncoder().encode(PURPOSE) } } };

/** Whether passkeys may give keys here: `"unknown"` where the browser does not say. Which authenticator will answer, it cannot know. */
export async function passkeySupport(): Promise<"available" | "unavailable" | "unknown"> {
  if (!hasPasskeys()) return "unavailable";
  try {
    const { "extension:prf": prf } = await PublicKeyCredential.getClientCapabilities();
    if (prf !== undefined) return prf ? "available" : "unavailable";
  } catch {
    // Older browsers have no such function.
  }
  return "unknown";
}

/**
 * Has the person make a passkey that gives keys, and gives its first key. Keep the `passkey`: {@link passkeyKey} asks for it. Some
 * authenticators give no key while they make a passkey: then the person is asked a second time.
 *
 * Browsers want it to follow an action of the person's, such as a click, in a page that they look at.
 *
 * @throws IbidError `store-unavailable` where browser or authenticator cannot give keys; `aborted` where the person declined, the browser
 * did not ask (in a frame that may not, or without an action of the person's), or the signal says so; `invalid-argument`
 */
export async function createPasskey({
  userName,
  siteName,
  domain,
  signal,
}: NewPasskey): Promise<{ passkey: Passkey; key: CryptoKey }> {
  for (const [name, value] of Object.entries({ userName, siteName })) {
    if (typeof value !== "string" || value === "") {
      throw new IbidError("invalid-argument", `options.${name}: expected a text that is not empty`);
    }
  }
  const credential = await asked(signal, (credentials) =>
    credentials.create({
      publicKey: {
        rp: { name: siteName, ...(domain !== undefined && { id: domain }) },
        user: { id: random(), name: userName, displayName: userName },
        challenge: random(), // nobody checks the answer: it is the key that counts
        pubKeyCredParams: [
          { type: "public-key", alg: -7 }, // ES256
          { type: "public-key", alg: -257 }, // RS256
        ],
        authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
        extensions: PRF,
      },
      ...(signal && { signal }),
    }),
  );
  const { prf } = credential.getClientExtensionResults();
  if (prf?.enabled !== true) {
    throw unavailable("the passkey was made, but its authenticator gives no keys; it may be removed again");
  }
  const passkey = { id: credential.id, ...(domain !== undefined && { domain }) };
  const secret = prf.results?.first;
  const key = secret === undefined ? passkeyKey(passkey, signal && { signal }) : wrappingKey(secret);
  return { passkey, key: await key };
}

/**
 * Asks the person for a passkey, and makes its key: for `openCollection(name, { key })`, `addKey`, `changeKey` and files. The same
 * passkey gives the same key each time. A lost passkey opens nothing any more: keep a passphrase beside it.
 *
 * @throws IbidError as {@link createPasskey}
 */
export async function passkeyKey(
  { id, domain }: Passkey,
  { signal }: { signal?: AbortSignal } = {},
): Promise<CryptoKey> {
  const allowed = { type: "public-key" as const, id: bytesOf(id) };
  const credential = await asked(signal, (credentials) =>
    credentials.get({
      publicKey: {
        challenge: random(),
        ...(domain !== undefined && { rpId: domain }),
        allowCredentials: [allowed],
        // Authenticators have another secret for people whom they have not verified.
        userVerification: "required",
        extensions: PRF,
      },
      ...(signal && { signal }),
    }),
  );
  const secret = credential.getClientExtensionResults().prf?.results?.first;
  if (secret === undefined) {
    throw unavailable("the passkey's authenticator, or the browser, gives no keys");
  }
  return wrappingKey(secret);
}

function hasPasskeys(): boolean {
  return typeof PublicKeyCredential !== "undefined" && isSecureContext;
}

/** Has the person answer. Nothing is waited for before: browsers forget the action that allowed the question. */
async function asked(
  signal: AbortSignal | undefined,
  ask: (credentials: CredentialsContainer) => Promise<Credential | null>,
): Promise<PublicKeyCredential> {
  if (signal?.aborted) throw aborted(signal.reason);
  if (!hasPasskeys()) {
    throw unavailable("this browser has no passkeys, or the page is not from https or localhost");
  }
  try {
    const credential = await ask(navigator.credentials);
    if (credential instanceof PublicKeyCredential) return credential;
  } catch (cause) {
    if (signal?.aborted) throw aborted(signal.reason);
    const name = cause instanceof Error ? cause.name : "";
    if (name !== "NotAllowedError") {
      const why = cause instanceof Error ? cause.message : String(cause);
      const code = ["SecurityError", "TypeError"].includes(name) ? "invalid-argument" : "store-unavailable";
      throw new IbidError(code, `the passkey cannot be asked for: ${why}`, { cause });
    }
    const message =
      "no passkey was given: the person declined, there is none here, or the browser did not ask (in a frame without the permission, " +
      "or without an action of the person's)";
    throw new IbidError("aborted", message, { cause });
  }
  throw new IbidError("aborted", "no passkey was given");
}

/** The key that wraps others. */
async function wrappingKey(secret: BufferSource): Promise<CryptoKey> {
  const hashed = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]);
  const info = new TextEncoder().encode(PURPOSE);
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info },
    hashed,
    { name: "AES-KW", length: 256 },
    false,
    ["wrapKey", "unwrapKey"],
  );
}

function unavailable(message: string): IbidError {
  return new IbidError("store-unavailable", message);
}

function random(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(32));
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  try {
    if (/^[\w-]+$/.test(base64url)) {
      const letters = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
      return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    }
  } catch {
    // Its length is none that there is.
  }
  throw new IbidError("invalid-argument", "passkey.id: expected the id that createPasskey gave");
}
