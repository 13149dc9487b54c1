// What the same work costs npm's @digitalbazaar/vc: the CPU time of each signing and each verification, after a warm-up.
//
// Reads {unsigned: {SUITE: credential}, signed: {SUITE: credential}, contexts: {URL: context}, seed: HEX, created, warm,
// runs} from standard input and writes {ROW: {warming: [milliseconds, …], warm: [milliseconds, …]}}. Every call must
// succeed: what is signed here is verified here too, and so is what was signed elsewhere. Nothing is fetched.

import {createPrivateKey, sign} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';

// the packages are those of tests/interop
const require = createRequire(new URL('../tests/interop/package.json', import.meta.url));
const load = async name => import(pathToFileURL(require.resolve(name)));

const jsigs = (await load('jsonld-signatures')).default;
const vc = await load('@digitalbazaar/vc');
const {DataIntegrityProof} = await load('@digitalbazaar/data-integrity');
const {cryptosuite: rdfc} = await load('@digitalbazaar/eddsa-rdfc-2022-cryptosuite');
const {createSignCryptosuite, createVerifyCryptosuite} = await load('@digitalbazaar/eddsa-jcs-2022-cryptosuite');

const {unsigned, signed, contexts, seed, created, warm, runs} = JSON.parse(readFileSync(0, 'utf8'));
const did = Object.values(unsigned)[0].issuer.id;
const multikey = did.slice('did:key:'.length);
const method = {
  '@context': 'https://w3id.org/security/multikey/v1',
  id: `${did}#${multikey}`,
  type: 'Multikey',
  controller: did,
  publicKeyMultibase: multikey
};
const documents = new Map([
  ...Object.entries(contexts),
  [method.id, method],
  [did, {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: did,
    verificationMethod: [method],
    assertionMethod: [method.id]
  }]
]);
const documentLoader = jsigs.extendContextLoader(async url => {
  if(!documents.has(url)) {
    throw new Error(`${url} is not at hand.`);
  }
  return {contextUrl: null, documentUrl: url, document: documents.get(url), tag: 'static'};
});

const key = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(seed, 'hex')]),
  format: 'der',
  type: 'pkcs8'
});
const signer = {
  algorithm: 'Ed25519',
  id: method.id,
  sign: async ({data}) => new Uint8Array(sign(null, data, key))
};
const suites = {
  'eddsa-rdfc-2022': {signing: rdfc, verifying: rdfc},
  'eddsa-jcs-2022': {signing: createSignCryptosuite(), verifying: createVerifyCryptosuite()}
};

const rows = {};
for(const [name, {signing, verifying}] of Object.entries(suites)) {
  const issue = () => vc.issue({
    credential: structuredClone(unsigned[name]),
    suite: new DataIntegrityProof({signer, cryptosuite: signing, date: created}),
    documentLoader
  });
  const verify = async credential => {
    const suite = new DataIntegrityProof({cryptosuite: verifying});
    const result = await vc.verifyCredential({credential, suite, documentLoader, now: created});
    if(!result.verified) {
      throw result.error;
    }
  };
  await verify(structuredClone(await issue()));
  rows[`sign, ${name}`] = await measured(issue);
  rows[`verify, ${name}`] = await measured(() => verify(signed[name]));
}
console.log(JSON.stringify(rows));

async function measured(work) {
  return {warming: await timed(warm, work), warm: await timed(runs, work)};
}

async function timed(calls, work) {
  const times = [];
  for(let call = 0; call < calls; call++) {
    const before = process.cpuUsage();
    await work();
    const {user, system} = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  return times;
}
