/** What Kubernetes manifests say of the version of something that is no chart and no image. Data only. */

/** An object's field that names the version of a project; `path` is written with dots, `repository` publishes the releases. */
export type VersionField = {
  readonly group: string
  readonly kind: string
  readonly path: string
  readonly component: string
  readonly repository: string
}

/** Every such field. */
export const VERSION_FIELDS: readonly VersionField[] = [
  // "Version semver expression" (flux-operator, api/v1, Distribution), so that a tag with a `v` is understood as well.
  {
    group: 'fluxcd.controlplane.io/',
    kind: 'FluxInstance',
    path: 'spec.distribution.version',
    component: 'flux2',
    repository: 'https://github.com/fluxcd/flux2',
  },
]

/** Files that a tool writes whole: the line that says so, with the version, and the command that writes the next one. */
export const GENERATED_FILES: readonly {
  readonly header: RegExp
  readonly component: string
  readonly by: string
}[] = [
  // flux2, pkg/manifestgen/install/templates.go
  { header: /^# Flux Version: (v\d[\w.+-]{0,60})[ \t]*\r?$/m, component: 'flux2', by: 'flux install --export' },
]
