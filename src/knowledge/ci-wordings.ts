/** What a red CI came to. `flake`: the surroundings failed, not the change; `unknown`: no rule knows the wording. */
export type Cause = 'schema' | 'render' | 'policy' | 'missing-crd' | 'version-conflict' | 'flake' | 'unknown'

/** How one tool words one kind of failure. `wording` is tried on single lines of at most 500 characters. */
export type Wording = {
  readonly cause: Exclude<Cause, 'unknown'>
  readonly wording: RegExp
  /** Where the words come from. */
  readonly source: string
}

/**
 * The wordings that are known, in the order in which they are tried on a line: what the surroundings did comes first, since tools
 * print it behind words of their own (`accumulating resources: … i/o timeout`), and a kind that is not there comes before the schema.
 */
export const WORDINGS: readonly Wording[] = [
  flake(/The runner has received a shutdown signal/i, 'GitHub Actions runner: a hosted runner is taken away'),
  flake(/lost communication with the server/i, 'GitHub Actions service: annotation of a runner that died'),
  flake(/has exceeded the maximum execution time of/i, 'GitHub Actions service: timeout-minutes of the job'),
  flake(/No space left on device|ENOSPC/i, 'errno ENOSPC'),
  flake(
    /connection reset by peer|\bECONNRESET\b|\bECONNREFUSED\b|connection refused/i,
    'errno, as Go, Node and curl print it',
  ),
  flake(
    /\bETIMEDOUT\b|i\/o timeout|TLS handshake timeout|Client\.Timeout (?:exceeded|or context)/i,
    'Go net, net/http; Node',
  ),
  flake(/context deadline exceeded|timed out waiting for the condition/i, 'Go context; kubectl wait, helm --wait'),
  flake(/Temporary failure in name resolution|\bEAI_AGAIN\b|Could not resolve host/i, 'getaddrinfo; Node; curl'),
  flake(/\b429 Too Many Requests|toomanyrequests:|rate limit exceeded/i, 'RFC 6585; Docker registry; GitHub API'),
  flake(/\b50[0234] (?:Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time-?out)/i, 'RFC 9110, 15.6'),
  flake(/\bthe requested URL returned error: (?:429|50[0234])\b/i, 'curl --fail, git over HTTP'),
  flake(
    /^(?!.*\btemplate: ).*\bunexpected EOF\b|RPC failed; (?:curl|HTTP)/,
    'Go io.ErrUnexpectedEOF while fetching; git',
  ),
  flake(/Process completed with exit code 1(?:37|43)\b/, 'GitHub Actions runner: the process was killed, 128 + signal'),

  missingCrd(/no matches for kind "/, 'k8s.io/apimachinery api/meta/errors.go, in kubectl and helm'),
  missingCrd(/ensure CRDs are installed first/, 'k8s.io/cli-runtime resource/visitor.go'),
  missingCrd(/could not find schema for /, 'kubeconform pkg/validator/validator.go'),
  missingCrd(/the server could not find the requested resource/, 'k8s.io/apimachinery api/errors/errors.go'),

  conflict(
    /chart requires kubeVersion: .{0,100} which is incompatible with Kubernetes/,
    'helm pkg/action: IsCompatibleRange',
  ),
  conflict(/can't get a valid version for /, 'helm internal/resolver/resolver.go'),
  conflict(/the lock file \(Chart\.lock\) is out of sync/i, 'helm dependency build'),
  conflict(
    /Unsupported (?:Terraform Core|OpenTofu Core) version|no available releases match the given constraints/i,
    'terraform init, tofu init',
  ),

  policy(
    /admission webhook "[^"]{1,253}" denied the request/,
    'k8s.io/apiserver webhook/errors/statuserror.go; Kyverno, Gatekeeper',
  ),
  policy(
    /ValidatingAdmissionPolicy '[^']{1,253}' with binding '[^']{1,253}' denied request/,
    'k8s.io/apiserver plugin/policy/validating',
  ),
  policy(/violates PodSecurity "/, 'k8s.io/pod-security-admission'),
  policy(/policy \S{1,253} -> resource \S{1,500} failed/i, 'kyverno apply'),
  policy(/validation error: .{1,400} rule \S{1,253} failed at path/, 'Kyverno pkg/engine/validate'),
  policy(/^\s{0,40}FAIL - \S{1,400} - /, 'conftest output/standard.go'),
  policy(/\["[^"]{1,253}"\] Message: "/, 'gator test'),
  policy(/\b\d{1,6} tests?, .{0,80}\b[1-9]\d{0,5} failures?\b/, 'conftest, the last line'),
  policy(/\bpass: \d{1,6}, fail: [1-9]/, 'kyverno apply, the last line'),

  schema(/problem validating schema\. Check JSON formatting/, 'kubeconform pkg/validator/validator.go'),
  schema(/contains an invalid \S{1,253} \(/, 'kubeval'),
  schema(/k8s schema validation error/, 'datree'),
  schema(/error validating data: |ValidationError\([\w.-]{1,253}\)/, 'kubectl --validate'),
  schema(
    /strict decoding error: |json: unknown field "|unknown field "/,
    'k8s.io/apimachinery runtime/serializer; Go encoding/json',
  ),
  schema(/values don't meet the specifications of the schema/, 'helm pkg/chartutil/jsonschema.go'),
  schema(/^(?:\S{1,20} )?The \w{1,63} "[^"]{1,253}" is invalid: /, 'kubectl, StatusReasonInvalid'),
  schema(
    /: (?:Invalid value|Required value|Unsupported value|Duplicate value): /,
    'k8s.io/apimachinery util/validation/field',
  ),
  schema(/\bInvalid: [1-9]\d{0,6}\b/, 'kubeconform -summary'),

  render(/execution error at \(/, 'helm pkg/engine: fail and required'),
  render(/\btemplate: \S{1,400}:\d{1,6}(?::\d{1,6})?: /, 'Go text/template, in helm'),
  render(/YAML parse error on /, 'helm pkg/releaseutil'),
  render(
    /accumulating resources: |no resource matches strategic merge patch|failed to find unique target for patch/,
    'kustomize api/internal/target; api/resmap',
  ),
  render(/evalsymlink failure|no matches for Id |may not add resource with an already registered id/i, 'kustomize'),
  render(/chart "[^"]{1,253}" (?:matching \S{1,100} )?(?:version "[^"]{1,100}" )?not found in /, 'helm pkg/repo'),
  render(/found in Chart\.yaml, but missing in charts\/ directory/, 'helm pkg/action: CheckDependencies'),
]

function flake(wording: RegExp, source: string): Wording {
  return { cause: 'flake', wording, source }
}

function missingCrd(wording: RegExp, source: string): Wording {
  return { cause: 'missing-crd', wording, source }
}

function conflict(wording: RegExp, source: string): Wording {
  return { cause: 'version-conflict', wording, source }
}

function policy(wording: RegExp, source: string): Wording {
  return { cause: 'policy', wording, source }
}

function schema(wording: RegExp, source: string): Wording {
  return { cause: 'schema', wording, source }
}

function render(wording: RegExp, source: string): Wording {
  return { cause: 'render', wording, source }
}
