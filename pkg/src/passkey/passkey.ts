/**
 * A passkey's secret as a key that wraps others.
 *
 * The authenticator keeps the secret and gives a hash of it and of what it is asked with (WebAuthn Level 3, section 10.1.4; HMAC of
 * CTAP 2.2), only after it has verified the person. HKDF (RFC 5869) makes of that a key of AES-KW, which nothing can read.
 */

import { aborted, IbidError } from "../error.js";

/** A passkey, by what it is asked for by. It is no secret, and may be stored anywhere. */
export interface Passkey {
  /** The credential's id, in base64url. */
  id: string;
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

/** What passkey is asked for, and how. */
export interface PasskeyOptions {
  /** The domain that the passkey was made for, where that is not the page's own. */
  domain?: string;
  /** Ends the question. */
  signal?: AbortSignal;
}

/** What the authenticator hashes with its secret: it gives this library nothing that others get, too. */
const PURPOSE = "ibid collection key 1";

/** Whether passkeys may give keys here: `"unknown"` where the browser does not say. Which authenticator will answer, it cannot know. */
export async function passkeySupport(): Promise<"available" | "unavailable" | "unknown"> {
  if (typeof PublicKeyCredential === "undefined" || !isSecureContext) return "unavailable";
  if (typeof PublicKeyCredential.getClientCapabilities !== "function") return "unknown";
  const capabilities = await PublicKeyCredential.getClientCapabilities();
  const prf = capabilities["extension:prf"];
  if (prf === undefined) return "unknown";
  return prf ? "available" : "unavailable";
}

/**
 * Has the person make a passkey that gives keys. Keep its `id`: {@link passkeyKey} asks by it.
 *
 * @throws IbidError `store-unavailable` where browser or authenticator cannot give keys, `aborted` where the person declined or the
 * signal says so, `invalid-argument`
 */
export async function createPasskey({ userName, siteName, domain, signal }: NewPasskey): Promise<Passkey> {
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
        extensions: { prf: {} },
      },
      ...(signal && { signal }),
    }),
  );
  if (credential.getClientExtensionResults().prf?.enabled !== true) {
    throw unavailable("the passkey was made, but its authenticator gives no keys; it may be removed again");
  }
  return { id: credential.id };
}

/**
 * Asks the person for a passkey, and makes its key: for `openCollection(name, { key })`, `addKey`, `changeKey` and files. The same
 * passkey gives the same key each time. A lost passkey opens nothing any more: keep a passphrase beside it.
 *
 * @param passkey the one that is asked for; without it the person chooses among those that their device finds for the domain
 * @throws IbidError as {@link createPasskey}
 */
export async function passkeyKey(
  passkey?: Passkey,
  { domain, signal }: PasskeyOptions = {},
): Promise<CryptoKey> {
  const allowed = passkey && [{ type: "public-key" as const, id: bytesOf(passkey.id) }];
  const credential = await asked(signal, (credentials) =>
    credentials.get({
      publicKey: {
        challenge: random(),
        ...(domain !== undefined && { rpId: domain }),
        ...(allowed && { allowCredentials: allowed }),
        // Authenticators have another secret for people whom they have not verified.
        userVerification: "required",
        extensions: { prf: { eval: { first: new TextEncoder().encode(PURPOSE) } } },
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

/** Has the person answer. */
async function asked(
  signal: AbortSignal | undefined,
  ask: (credentials: CredentialsContainer) => Promise<Credential | null>,
): Promise<PublicKeyCredential> {
  if (signal?.aborted) throw aborted(signal.reason);
  if ((await passkeySupport()) === "unavailable") {
    throw unavailable(
      "this browser has no passkeys that give keys, or the page is not from https or localhost",
    );
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
    throw new IbidError("aborted", "no passkey was given: the person declined, or there is none here", {
      cause,
    });
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
  if (typeof base64url !== "string" || !/^[\w-]+$/.test(base64url)) {
    throw new IbidError("invalid-argument", "passkey.id: expected the id that createPasskey gave");
  }
  return Uint8Array.from(atob(base64url.replace(/-/g, "+").replace(/_/g, "/")), (letter) =>
    letter.charCodeAt(0),
  );
}
