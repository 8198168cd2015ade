/** Where the manifests of Flux themselves are taken from, with Flux's own version as tag (fluxcd.io, "Flux bootstrap": the OCI artifacts and the Git repository). */
export const FLUX_DISTRIBUTIONS = /(?:^|\/)fluxcd\/(?:flux2|flux-manifests)(?:\.git)?$/
