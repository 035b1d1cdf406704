/** Keys of collections that a passkey gives: WebAuthn's extension `prf`, where browser and authenticator have it. */

export {
  createPasskey,
  type NewPasskey,
  type Passkey,
  passkeyKey,
  passkeySupport,
} from "./passkey.js";
