// A SMART authorisation server for the tests: oidc-provider with the launch context and the discovery that SMART adds.
// node oidc.mjs PORT CLIENT_JWKS REDIRECT_URI
import http from 'node:http';
import { Provider } from 'oidc-provider';

const [port, jwks, redirect] = process.argv.slice(2);
const root = `http://127.0.0.1:${port}`;
const fhir = `${root}/fhir`;
const confidential = { token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'ES384', jwks: JSON.parse(jwks) };
const client = {
  application_type: 'native',
  redirect_uris: [redirect],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};

const provider = new Provider(root, {
  clients: [
    { ...client, client_id: 'public', token_endpoint_auth_method: 'none' },
    { ...client, ...confidential, client_id: 'confidential' },
    { ...client, client_id: 'staff', client_secret: 'a secret of staff', token_endpoint_auth_method: 'client_secret_basic' },
  ],
  scopes: ['openid', 'profile', 'fhirUser', 'launch', 'launch/patient', 'user/*.rs', 'offline_access'],
  claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], fhirUser: ['fhirUser', 'name'] },
  conformIdTokenClaims: false,
  enabledJWA: { clientAuthSigningAlgValues: ['ES384', 'RS384'] },
  ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 600, IdToken: 300, Interaction: 600, Session: 600, RefreshToken: 600 },
  issueRefreshToken: async () => true,
  pkce: { required: () => true },
  // The login name is who signs in: "dr" is a clinician, anybody else a patient.
  findAccount: (ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: 'Dr Ada Byron', preferred_username: id, groups: id === 'dr' ? ['support-leads'] : [], fhirUser: id === 'dr' ? `${fhir}/Practitioner/dr` : `${fhir}/Patient/p` }),
  }),
});

provider.use(async (ctx, next) => {
  await next();
  if (ctx.oidc?.route === 'token' && ctx.body?.access_token) {
    ctx.body = { ...ctx.body, patient: 'p', encounter: 'e' };
  }
});

const configuration = {
  issuer: root,
  jwks_uri: `${root}/jwks`,
  authorization_endpoint: `${root}/auth`,
  token_endpoint: `${root}/token`,
  code_challenge_methods_supported: ['S256'],
  capabilities: ['launch-ehr', 'launch-standalone', 'client-public', 'client-confidential-asymmetric'],
};
const answer = provider.callback();
http
  .createServer((request, response) => {
    if (request.url !== '/fhir/.well-known/smart-configuration') return answer(request, response);
    response.setHeader('Content-Type', 'application/json');
    return response.end(JSON.stringify(configuration));
  })
  .listen(Number(port), '127.0.0.1', () => console.log('ready'));
