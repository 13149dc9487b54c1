// Reads a JSON array of N-Quads documents and writes their RDFC-1.0 forms as a JSON array, by npm's rdf-canonize.
import {readFileSync} from 'node:fs';
import rdfCanonize from 'rdf-canonize';

const {canonize, NQuads} = rdfCanonize;
const options = {algorithm: 'RDFC-1.0', format: 'application/n-quads', maxWorkFactor: 3};
const texts = JSON.parse(readFileSync(0, 'utf8'));
console.log(JSON.stringify(await Promise.all(texts.map(text => canonize(NQuads.parse(text), options)))));
