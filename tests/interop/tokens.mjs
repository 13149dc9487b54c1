// Asks npm's jose what it says of tokens. Nothing here belongs to the product.
//
//   node tokens.mjs < requests.json
//
// Reads [{name, token, jwk, algorithm, typ, now}] and writes {name: null | "why not"} as one JSON object.

import {readFileSync} from 'node:fs';
import {importJWK, jwtVerify} from 'jose';

const answers = {};
for(const {name, token, jwk, algorithm, typ, now} of JSON.parse(readFileSync(0, 'utf8'))) {
  try {
    const key = await importJWK(jwk, algorithm);
    await jwtVerify(token, key, {algorithms: [algorithm], typ, currentDate: new Date(now)});
    answers[name] = null;
  } catch(error) {
    answers[name] = error.message;
  }
}
console.log(JSON.stringify(answers));
