/** Addresses of scripts as the page's policy takes them, which requires trusted types. */

interface Policy {
  createScriptURL(url: string): URL;
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy;
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };

const policy = trustedTypes?.createPolicy("ibid-demo", {
  createScriptURL(url) {
    if (new URL(url).origin !== location.origin) {
      throw new TypeError(`${url} is of another origin`);
    }
    return url;
  },
});

/** The address of a script of this site. */
export function ownScript(url: URL): URL {
  return policy?.createScriptURL(url.href) ?? url;
}
