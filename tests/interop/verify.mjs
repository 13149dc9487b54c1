// Asks other people's verifiers what they say of our documents. Nothing here belongs to the product.
//
//   node verify.mjs FOLDER [--documents DIR] [--contexts FILE] [--now ISO] [--challenge TEXT] [--domain TEXT] [FILE…]
//
// Files are named relative to FOLDER; without any, every .json below its credentials/, awards/, presentations/ and
// rejected/ is read. DIR (by default FOLDER/documents) holds the DID documents and status lists, each found by its own
// id. One JSON object a line comes out: {file, kind, digitalbazaar: {accepted, reason}, dcc: {accepted, reason}}, where
// accepted is null when that verifier has no way to judge the file. FILE holds JSON-LD contexts by URL that no package has.
// The network is closed: whatever a verifier tries to fetch is answered from the folder, or not at all.

import {readFileSync, readdirSync, existsSync} from 'node:fs';
import {join, relative, resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {loadContexts} from './contexts.mjs';

const {values: options, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    contexts: {type: 'string'},
    documents: {type: 'string'},
    now: {type: 'string'},
    challenge: {type: 'string'},
    domain: {type: 'string'}
  }
});
if(positionals.length === 0) {
  console.error('Say which folder to look at: node verify.mjs FOLDER [FILE…]');
  process.exit(2);
}

const RealDate = Date;
if(options.now) {
  const now = RealDate.parse(options.now);
  globalThis.Date = class extends RealDate {
    constructor(...values) {
      super(...(values.length ? values : [now]));
    }
    static now() {
      return now;
    }
  };
}

const DID_V1 = 'https://www.w3.org/ns/did/v1';
const MULTIKEY_V1 = 'https://w3id.org/security/multikey/v1';
const folder = resolve(positionals[0]);
const documents = indexDocuments(resolve(options.documents ?? join(folder, 'documents')));
const handed = options.contexts ? JSON.parse(readFileSync(options.contexts, 'utf8')) : {};

globalThis.fetch = async request => {
  const url = typeof request === 'string' ? request : request.url ?? String(request);
  const found = documents.get(url) ?? handed[url];
  return found ?
    new Response(JSON.stringify(found), {status: 200, headers: {'content-type': 'application/json'}}) :
    new Response('not in the folder', {status: 404});
};

// imported only now, so that they see the clock and the closed network
const {default: jsigs} = await import('jsonld-signatures');
const vc = await import('@digitalbazaar/vc');
const {DataIntegrityProof} = await import('@digitalbazaar/data-integrity');
const {cryptosuite: rdfc} = await import('@digitalbazaar/eddsa-rdfc-2022-cryptosuite');
const {createVerifyCryptosuite: jcs} = await import('@digitalbazaar/eddsa-jcs-2022-cryptosuite');
const {checkStatus} = await import('@digitalbazaar/vc-bitstring-status-list');
const dcc = await import('@digitalcredentials/verifier-core');
const contexts = await loadContexts();
for(const [url, context] of Object.entries(handed)) {
  contexts.set(url, context);
}

const documentLoader = jsigs.extendContextLoader(async url => {
  const document = contexts.get(url) ?? documents.get(url) ?? resolveDid(url);
  if(!document) {
    throw new Error(`${url} is neither a known context nor in the folder of documents.`);
  }
  return {contextUrl: null, documentUrl: url, document: structuredClone(document), tag: 'static'};
});
const suite = [rdfc, jcs()].map(cryptosuite => new DataIntegrityProof({cryptosuite}));

for(const file of filesToRead()) {
  console.log(JSON.stringify({file, ...await judge(join(folder, file))}));
}

async function judge(path) {
  let document;
  try {
    document = JSON.parse(readFileSync(path, 'utf8'));
  } catch(error) {
    return {kind: 'unreadable', digitalbazaar: refused(error), dcc: refused(error)};
  }
  const types = [].concat(document.type ?? []);
  if(types.includes('VerifiablePresentation')) {
    return {
      kind: 'presentation',
      digitalbazaar: await asked(() => presentationByDigitalBazaar(document)),
      dcc: await asked(() => presentationByDcc(document))
    };
  }
  if(types.includes('VerifiableCredential')) {
    return {
      kind: 'credential',
      digitalbazaar: await asked(() => credentialByDigitalBazaar(document)),
      dcc: await asked(() => credentialByDcc(document))
    };
  }
  return {kind: 'other', digitalbazaar: unjudged(), dcc: unjudged()};
}

async function credentialByDigitalBazaar(credential) {
  const result = await vc.verifyCredential({credential, suite, documentLoader, checkStatus});
  return result.verified ? statusOf(result) : refused(result.error ?? result.statusResult?.error);
}

async function presentationByDigitalBazaar(presentation) {
  const [proof] = [].concat(presentation.proof ?? []);
  const challenge = options.challenge ?? proof?.challenge ?? 'none';
  const domain = options.domain ?? proof?.domain;
  const result = await vc.verify({presentation, suite, documentLoader, checkStatus, challenge, domain});
  if(!result.verified) {
    const inner = result.credentialResults?.find(one => !one.verified);
    return refused(result.error ?? inner?.error ?? inner?.statusResult?.error);
  }
  if(presentation.holder !== proof?.verificationMethod?.split('#')[0]) {
    return refused(new Error('The holder is not the one who signed.'));
  }
  return result.credentialResults?.map(statusOf).find(one => !one.accepted) ?? {accepted: true};
}

function statusOf(result) {
  // `verified` says that the status could be read, not what it says
  const set = result.statusResult?.results?.find(one => one.status !== false);
  return set ?
    refused(new Error(`The status ${set.credentialStatus.statusPurpose} is set.`)) :
    {accepted: true};
}

async function credentialByDcc(credential) {
  return logOf(await quietly(() => dcc.verifyCredential({credential, knownDIDRegistries: []})));
}

async function presentationByDcc(presentation) {
  // it checks a holder's proof for assertion only, never for authentication: ask it about the credentials inside
  const result = await quietly(() =>
    dcc.verifyPresentation({presentation, unsignedPresentation: true, knownDIDRegistries: []}));
  if(result.errors) {
    return refused(result.errors[0]);
  }
  return result.credentialResults.map(logOf).find(one => !one.accepted) ?? {accepted: true};
}

function logOf(result) {
  if(result.errors) {
    return refused(result.errors[0]);
  }
  const log = new Map((result.log ?? []).map(step => [step.id, step]));
  // whether it knows the issuer from a registry is no question of the signature
  const wanted = ['valid_signature', 'expiration', ...(result.credential.credentialStatus ? ['revocation_status'] : [])];
  const failed = wanted.find(id => log.get(id)?.valid !== true);
  return failed ?
    refused(log.get(failed)?.error ?? new Error(`${failed} does not hold.`)) :
    {accepted: true};
}

async function quietly(ask) {
  const {log, error} = console;
  console.log = console.error = () => {};
  try {
    return await ask();
  } finally {
    Object.assign(console, {log, error});
  }
}

async function asked(ask) {
  try {
    return await ask();
  } catch(error) {
    return refused(error);
  }
}

function refused(error) {
  const causes = error?.errors?.length ? error.errors : [error];
  return {accepted: false, reason: causes.map(cause => cause?.message ?? String(cause)).join('; ').slice(0, 400)};
}

function unjudged() {
  return {accepted: null, reason: 'This verifier reads credentials and presentations.'};
}

function filesToRead() {
  if(positionals.length > 1) {
    return positionals.slice(1);
  }
  return ['credentials', 'awards', 'presentations', 'rejected'].flatMap(name => jsonBelow(join(folder, name)))
    .map(path => relative(folder, path)).sort();
}

function jsonBelow(directory) {
  if(!existsSync(directory)) {
    return [];
  }
  return readdirSync(directory, {withFileTypes: true}).flatMap(entry => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? jsonBelow(path) : path.endsWith('.json') ? [path] : [];
  });
}

function indexDocuments(directory) {
  const found = new Map();
  for(const path of jsonBelow(directory)) {
    const document = JSON.parse(readFileSync(path, 'utf8'));
    if(typeof document.id !== 'string') {
      continue;
    }
    found.set(document.id, document);
    for(const method of document.verificationMethod ?? []) {
      found.set(method.id, {'@context': MULTIKEY_V1, ...method});
    }
    if(document.id.startsWith('did:web:')) {
      const [host, ...steps] = document.id.slice('did:web:'.length).split(':');
      found.set(`https://${host}/${steps.length ? steps.join('/') : '.well-known'}/did.json`, document);
    }
  }
  return found;
}

function resolveDid(url) {
  const [did, fragment] = url.split('#');
  if(!did.startsWith('did:key:z6Mk')) {
    return undefined;
  }
  const multikey = did.slice('did:key:'.length);
  const id = `${did}#${multikey}`;
  const method = {id, type: 'Multikey', controller: did, publicKeyMultibase: multikey};
  if(fragment !== undefined) {
    return fragment === multikey ? {'@context': MULTIKEY_V1, ...method} : undefined;
  }
  return {
    '@context': [DID_V1, MULTIKEY_V1],
    id: did,
    verificationMethod: [method],
    assertionMethod: [id],
    authentication: [id]
  };
}
