import { describe, expect, test } from 'vitest'
import { diagnose } from '../src/decide/diagnose.ts'
import { type Cause, WORDINGS } from '../src/knowledge/ci-wordings.ts'
import { aFailedJob } from './support/plans.ts'

/** What the tools print, as found in public logs and in their sources; the text between is what stands around it. */
const LOGS: readonly (readonly [Cause, string, string])[] = [
  [
    'schema',
    'kubeconform',
    `Run kubeconform -strict -summary clusters/
clusters/dev/sm.yaml - ServiceMonitor foo-bar is invalid: problem validating schema. Check JSON formatting: jsonschema: '/spec' does not validate with https://example.com/servicemonitor_v1.json#/properties/spec/additionalProperties: additionalProperties 'joblabel' not allowed
Summary: 3 resources found in 1 file - Valid: 2, Invalid: 1, Errors: 0, Skipped: 0
##[error]Process completed with exit code 1.`,
  ],
  ['schema', 'only its summary', 'Summary: 3 resources found in 1 file - Valid: 2, Invalid: 1, Errors: 0, Skipped: 0'],
  ['schema', 'kubeval', 'ERR  - web.yaml contains an invalid Deployment (default.web) - spec.replicas: Invalid type.'],
  [
    'schema',
    'datree',
    '❌  k8s schema validation error: For field (root): Additional property apiversion is not allowed',
  ],
  [
    'schema',
    'kubectl apply --dry-run=client',
    'error: error validating "x.yaml": error validating data: ValidationError(Deployment.spec): unknown field "replica" in io.k8s.api.apps.v1.DeploymentSpec',
  ],
  [
    'schema',
    'kubectl apply --dry-run=server',
    'Error from server (BadRequest): error when creating "x.yaml": Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replica"',
  ],
  ['schema', 'an invalid object', 'The Certificate "web" is invalid: spec.secretName: Required value'],
  [
    'schema',
    "a chart's values.schema.json",
    `Error: values don't meet the specifications of the schema(s) in the following chart(s):
demo:
- replicaCount: Invalid type. Expected: integer, given: string`,
  ],
  [
    'render',
    'helm template',
    'Error: template: beacon/templates/deploy.yaml:12:20: executing "beacon/templates/deploy.yaml" at <.Values.a.b>: nil pointer evaluating interface {}.b',
  ],
  ['render', 'helm fail', 'Error: execution error at (beacon/templates/check.yaml:3:4): please set page.title'],
  [
    'render',
    'helm YAML',
    'Error: YAML parse error on beacon/templates/cm.yaml: error converting YAML to JSON: yaml: line 5: did not find expected key',
  ],
  [
    'render',
    'kustomize',
    'Error: no resource matches strategic merge patch "ConfigMap.v1.[noGrp]/a.[noNs]": no matches for Id ConfigMap.v1.[noGrp]/a.[noNs]; failed to find unique target for patch',
  ],
  [
    'render',
    'kustomize accumulate',
    "Error: accumulating resources: accumulation err='accumulating resources from '../base': evalsymlink failure on '/w/base' : lstat /w/base: no such file or directory'",
  ],
  [
    'policy',
    'Gatekeeper',
    'Error from server (Forbidden): error when creating "ns.yaml": admission webhook "validation.gatekeeper.sh" denied the request: [must-have-owner] you must provide labels: {"owner"}',
  ],
  ['policy', 'Kyverno CLI', 'policy require-labels -> resource default/Deployment/web failed:'],
  ['policy', 'its last line', 'pass: 3, fail: 2, warn: 0, error: 0, skip: 0'],
  ['policy', 'conftest', 'FAIL - deployment.yaml - main - Containers must not run as root'],
  ['policy', 'the last line of conftest', '5 tests, 4 passed, 0 warnings, 1 failure, 0 exceptions'],
  ['policy', 'gator', 'v1/Namespace web: ["ns-must-have-owner"] Message: "you must provide labels"'],
  [
    'policy',
    'Pod Security',
    'Error creating: pods "web" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false',
  ],
  [
    'missing-crd',
    'kubectl',
    `error: resource mapping not found for name: "a" namespace: "" from "a.yaml": no matches for kind "Kiln" in version "fire.example.com/v2"
ensure CRDs are installed first`,
  ],
  ['missing-crd', 'kubeconform', 'clusters/dev/kiln.yaml - Kiln big failed validation: could not find schema for Kiln'],
  [
    'version-conflict',
    'helm kubeVersion',
    'Error: INSTALLATION FAILED: chart requires kubeVersion: >= 1.29.0-0 which is incompatible with Kubernetes v1.27.0',
  ],
  [
    'version-conflict',
    'helm dependency',
    "Error: can't get a valid version for repositories postgresql. Try changing the version constraint in Chart.yaml",
  ],
  [
    'flake',
    'the network of Go',
    'Error: Get "https://charts.example.com/index.yaml": dial tcp 192.0.2.7:443: i/o timeout',
  ],
  [
    'flake',
    'kustomize over the network',
    "Error: accumulating resources: accumulation err='accumulating resources from 'https://example.com/a.yaml': Get \"https://example.com/a.yaml\": net/http: TLS handshake timeout'",
  ],
  ['flake', 'a registry that limits', 'toomanyrequests: You have reached your pull rate limit.'],
  ['flake', 'a gateway', 'Error: failed to fetch https://example.com/a.tgz : 503 Service Unavailable'],
  [
    'flake',
    'a runner that goes',
    '##[error]The runner has received a shutdown signal. This can happen when the runner service is stopped.',
  ],
  [
    'flake',
    'a runner that is gone',
    '.github:1 The hosted runner: GitHub Actions 7 lost communication with the server.',
  ],
  ['flake', 'a full disk', 'write /tmp/x: no space left on device'],
  ['flake', 'a reset connection', 'curl: (56) Recv failure: Connection reset by peer'],
  [
    'flake',
    'a job that took too long',
    '##[error]The job running on runner X has exceeded the maximum execution time of 360 minutes.',
  ],
  ['flake', 'a cluster that is slow', 'error: timed out waiting for the condition on deployments/web'],
  ['flake', 'names that are not resolved', 'curl: (6) Could not resolve host: charts.example.com'],
  [
    'flake',
    'git over HTTP',
    "fatal: unable to access 'https://example.com/a.git/': The requested URL returned error: 503",
  ],
  ['flake', 'an answer that was cut', 'Error: unexpected EOF'],
  ['flake', 'a process that was killed', '##[error]Process completed with exit code 137.'],
  ['missing-crd', 'the API server', 'Error from server (NotFound): the server could not find the requested resource'],
  [
    'version-conflict',
    'a lock that does not fit',
    'Error: the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies',
  ],
  ['version-conflict', 'terraform', 'no available releases match the given constraints >= 2.0.0, < 2.0.0'],
  [
    'policy',
    'a ValidatingAdmissionPolicy',
    "The deployments \"web\" is invalid: : ValidatingAdmissionPolicy 'replicas' with binding 'replicas-prod' denied request: no more than 5",
  ],
  [
    'policy',
    'Kyverno',
    "validation error: label 'owner' is required. rule check-owner failed at path /metadata/labels/owner/",
  ],
  [
    'schema',
    'a field of an object',
    '* spec.issuerRef.kind: Unsupported value: "X": supported values: "Issuer", "ClusterIssuer"',
  ],
  [
    'render',
    'a template that is cut',
    'Error: parse error at (x/templates/a.yaml:3): template: x/templates/a.yaml:3: unexpected EOF',
  ],
  ['render', 'kustomize, a patch without its target', 'Error: no matches for Id Deployment.v1.apps/web.[noNs]'],
  [
    'render',
    'helm, a chart that is not there',
    'Error: chart "beacon" matching 9.9.9 not found in demo index. (try \'helm repo update\')',
  ],
  [
    'render',
    'helm, a subchart that was not fetched',
    'Error: found in Chart.yaml, but missing in charts/ directory: postgresql',
  ],
  ['unknown', 'words of their own', 'Error: the moon is in the wrong house'],
  [
    'unknown',
    'what passed',
    'pass: 3, fail: 0, warn: 0\n5 tests, 5 passed, 0 warnings, 0 failures\nValid: 2, Invalid: 0, Errors: 0',
  ],
]

describe('what a log comes to', () => {
  test.each(LOGS)('%s: %s', (cause, _, log) => {
    expect(diagnose([aFailedJob({ log })]).cause).toBe(cause)
  })

  test('every wording says where it comes from, and no two are the same', () => {
    expect(WORDINGS.every(({ source }) => source.length > 3)).toBe(true)
    expect(new Set(WORDINGS.map(({ wording }) => wording.source)).size).toBe(WORDINGS.length)
  })
})

describe('which line is quoted', () => {
  test('a definite cause beats a flake that came before it, also in another job', () => {
    const flaky = aFailedJob({ name: 'e2e', log: 'read: connection reset by peer' })
    const definite = aFailedJob({
      name: 'lint',
      log: 'retry: 503 Service Unavailable\nError: no matches for kind "Kiln" in version "v2"',
    })
    expect(diagnose([flaky, definite])).toEqual({
      cause: 'missing-crd',
      job: definite,
      line: 'Error: no matches for kind "Kiln" in version "v2"',
    })
  })

  test('an unknown failure is shown by its last error, not by the exit code, and without what the runner puts before', () => {
    const log =
      'error: first\n##[error]the moon is in the wrong house: error 7\n##[error]Process completed with exit code 1.'
    expect(diagnose([aFailedJob({ log })])).toMatchObject({
      cause: 'unknown',
      line: 'the moon is in the wrong house: error 7',
    })
  })

  test('without a log the summary is read', () => {
    expect(diagnose([aFailedJob({ log: null, summary: 'Invalid: 1' })]).cause).toBe('schema')
  })

  test('a hostile log of a megabyte takes no time', () => {
    const log = `${'template: '.repeat(60_000)}\n${'a -> resource '.repeat(30_000)}\n`
    const start = performance.now()
    diagnose([aFailedJob({ log })])
    expect(performance.now() - start).toBeLessThan(500)
  })
})

test('every wording is the first that fits a line of some log above', () => {
  const lines = LOGS.flatMap(([, , log]) => log.split('\n').map(line => line.replace(/^##\[error\]/, '')))
  const used = new Set(lines.map(line => WORDINGS.find(({ wording }) => wording.test(line))))
  expect(WORDINGS.filter(wording => !used.has(wording)).map(({ wording }) => wording.source)).toEqual([])
})
