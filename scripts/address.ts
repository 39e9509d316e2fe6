import manifest from '../package.json' with { type: 'json' }

/** Where the project is to be found. */
export interface Address {
  /** The page of the repository, without a slash at its end. */
  readonly repository: string
  /** The documentation's site, without a slash at its end. Errors link to it. */
  readonly site: string
}

/**
 * The one place where an address stands is the workspace's package.json, `repository.url` and `homepage`: the manifests of the packages, links
 * out of docs/, those of errors and the site's base follow from it. Undefined until the publisher has set both.
 */
export function findAddress(workspace: object = manifest): Address | undefined {
  const { repository, homepage } = workspace as { repository?: { url?: string }; homepage?: string }
  if (repository?.url === undefined || homepage === undefined) return undefined
  return { repository: pageOf(repository.url), site: homepage.replace(/\/$/, '') }
}

/** As npm wants an URL of git, and as people visit it. */
const pageOf = (url: string): string => url.replace(/^git\+/, '').replace(/\.git$/, '')

/** What a package's manifest says of where it comes from. */
export function originOf({ repository, site }: Address, folder: string): Origin {
  return {
    homepage: site,
    bugs: { url: `${repository}/issues` },
    repository: { type: 'git', url: `git+${repository}.git`, directory: folder },
  }
}

export interface Origin {
  readonly homepage: string
  readonly bugs: { readonly url: string }
  readonly repository: { readonly type: string; readonly url: string; readonly directory: string }
}
