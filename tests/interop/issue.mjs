// Lets other people's programs issue: credentials by @digitalbazaar/vc, status lists by its bitstring package, tokens by
// jose. Nothing here belongs to the product.
//
//   node issue.mjs < request.json
//
// The request is {credential, list: {id, revoked}, now, contexts}: an unsigned credential, to which each issuer adds its
// own name, and the contexts that are in no package. One JSON object comes out: {name: {credential | token, documents}},
// where `documents` are what a verifier of that credential needs: DID documents, status lists.

import {readFileSync} from 'node:fs';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {createSignCryptosuite as eddsaJcs} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {createCredential, createList} from '@digitalbazaar/vc-bitstring-status-list';
import * as vc from '@digitalbazaar/vc';
import * as jose from 'jose';
import jsigs from 'jsonld-signatures';
import {loadContexts} from './contexts.mjs';

const request = JSON.parse(readFileSync(0, 'utf8'));
const contexts = await loadContexts();
for(const [url, context] of Object.entries(request.contexts)) {
  contexts.set(url, context);
}
const documentLoader = jsigs.extendContextLoader(async url => {
  if(!contexts.has(url)) {
    throw new Error(`${url} is no context that is at hand.`);
  }
  return {contextUrl: null, documentUrl: url, document: contexts.get(url), tag: 'static'};
});
const issued = {};

const byEd25519 = await dataIntegrityIssuer(await Ed25519Multikey.generate());
issued['eddsa-rdfc-2022'] = await byEd25519.issue(eddsaRdfc);
issued['eddsa-jcs-2022'] = await byEd25519.issue(eddsaJcs());
issued['eddsa-rdfc-2022-revoked'] = await byEd25519.issue(eddsaRdfc, request.list.revoked);
issued['a set of two proofs'] = await byEd25519.issueTwice(eddsaRdfc, eddsaJcs());
for(const curve of ['P-256', 'P-384']) {
  const issuer = await dataIntegrityIssuer(await EcdsaMultikey.generate({curve}));
  issued[`ecdsa-rdfc-2019 ${curve}`] = await issuer.issue(ecdsaRdfc);
}
for(const algorithm of ['EdDSA', 'ES256', 'RS256']) {
  issued[`vc+jwt ${algorithm}`] = await byJose(algorithm, 'vc+jwt');
  issued[`JWT ${algorithm}`] = await byJose(algorithm, 'JWT');
}
console.log(JSON.stringify(issued));

async function dataIntegrityIssuer(pair) {
  const did = `did:key:${pair.publicKeyMultibase}`;
  Object.assign(pair, {controller: did, id: `${did}#${pair.publicKeyMultibase}`});
  const list = await createList({length: 131072});
  list.setStatus(request.list.revoked, true);
  const sign = (credential, cryptosuite) => vc.issue({
    credential,
    suite: new DataIntegrityProof({signer: pair.signer(), cryptosuite, date: request.now}),
    documentLoader
  });
  const listSuite = pair.publicKeyMultibase.startsWith('z6Mk') ? eddsaRdfc : ecdsaRdfc;
  const listed = await sign({
    ...await createCredential({id: request.list.id, list, statusPurpose: 'revocation'}),
    issuer: did,
    validFrom: request.now
  }, listSuite);
  const unsigned = index => ({
    ...structuredClone(request.credential),
    issuer: {...request.credential.issuer, id: did},
    credentialStatus: {
      id: `${request.list.id}#${index}`,
      type: 'BitstringStatusListEntry',
      statusPurpose: 'revocation',
      statusListIndex: `${index}`,
      statusListCredential: request.list.id
    }
  });
  return {
    async issue(cryptosuite, index = 4711) {
      return {credential: await sign(unsigned(index), cryptosuite), documents: [listed]};
    },
    async issueTwice(first, second) {
      const one = await sign(unsigned(4711), first);
      const other = await sign(unsigned(4711), second);
      return {credential: {...one, proof: [one.proof, other.proof]}, documents: [listed]};
    }
  };
}

async function byJose(algorithm, typ) {
  const {publicKey, privateKey} = await jose.generateKeyPair(algorithm, {extractable: true});
  const jwk = await jose.exportJWK(publicKey);
  const did = `did:web:${algorithm.toLowerCase()}.example`;
  const method = {id: `${did}#key-1`, type: 'JsonWebKey', controller: did, publicKeyJwk: {...jwk, alg: algorithm}};
  const credential = {...structuredClone(request.credential), issuer: {...request.credential.issuer, id: did}};
  const seconds = text => Math.floor(Date.parse(text) / 1000);
  const payload = typ === 'vc+jwt' ? credential : {
    ...credential,
    iss: did,
    jti: credential.id,
    sub: credential.credentialSubject.id,
    nbf: seconds(credential.validFrom),
    iat: seconds(request.now)
  };
  const token = await new jose.SignJWT(payload).setProtectedHeader({alg: algorithm, typ, kid: method.id}).sign(privateKey);
  return {
    token,
    documents: [{
      '@context': ['https://www.w3.org/ns/did/v1'],
      id: did,
      verificationMethod: [method],
      assertionMethod: [method.id]
    }]
  };
}
