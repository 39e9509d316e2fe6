import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { errorCodes } from '@pgfork/core'
import { Application, type ProjectReflection } from 'typedoc'
import { slugify } from '../.vitepress/slugify.ts'

/** The doors that users and authors of drivers come through; `@pgfork/core/companion` is for our own packages. */
const doors: Record<string, string> = {
  '@pgfork/core': 'core/src/index.ts',
  '@pgfork/core/driver': 'core/src/driver.ts',
  '@pgfork/core/companion': 'core/src/companion.ts',
  '@pgfork/containers': 'containers/src/index.ts',
  '@pgfork/driver-btrfs': 'driver-btrfs/src/index.ts',
  '@pgfork/driver-copy': 'driver-copy/src/index.ts',
  '@pgfork/driver-lvm': 'driver-lvm/src/index.ts',
  '@pgfork/driver-overlay': 'driver-overlay/src/index.ts',
  '@pgfork/driver-rbd': 'driver-rbd/src/index.ts',
  '@pgfork/driver-zfs': 'driver-zfs/src/index.ts',
  '@pgfork/driver-testkit': 'driver-testkit/src/index.ts',
  '@pgfork/testing': 'testing/src/index.ts',
  '@pgfork/testing/vitest': 'testing/src/vitest.ts',
  '@pgfork/testing/node-test': 'testing/src/node-test.ts',
  pgfork: 'cli/src/index.ts',
}

const packages = resolve(import.meta.dirname, '../../packages')
const out = resolve(import.meta.dirname, '../../docs/api')

const application = await Application.bootstrapWithPlugins({
  plugin: ['typedoc-plugin-markdown', 'typedoc-vitepress-theme'],
  entryPoints: Object.values(doors).map((path) => resolve(packages, path)),
  tsconfig: resolve(import.meta.dirname, 'tsconfig.json'),
  basePath: packages,
  displayBasePath: packages,
  out,
  docsRoot: resolve(out, '..'),
  readme: 'none',
  name: 'API',
  excludeExternals: true,
  excludeInternal: true,
  excludePrivate: true,
  disableSources: true,
  githubPages: false,
  sort: ['alphabetical'],
  groupOrder: ['Functions', 'Classes', 'Interfaces', 'Type Aliases', 'Variables'],
  // Names that our own packages share, and that no door offers.
  validation: { notExported: false, invalidLink: true, notDocumented: false },
  // Of typedoc-plugin-markdown.
  outputFileStrategy: 'modules',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  useCodeBlocks: true,
  parametersFormat: 'table',
  typeDeclarationFormat: 'table',
  tableColumnSettings: {
    hideDefaults: true,
    hideModifiers: true,
    hideInherited: true,
    hideOverrides: true,
    hideSources: true,
  },
} as Parameters<typeof Application.bootstrapWithPlugins>[0])

const project = await application.convert()
if (project === undefined) throw new Error('typedoc could not read the sources; its messages are above.')
nameDoors(project)
application.validate(project)
await application.generateOutputs(project)
if (application.logger.hasErrors() || application.logger.hasWarnings() || !existsSync(out))
  throw new Error('typedoc has complaints; they are above.')
await nameErrorCode()
await mendAnchors()

/** Typedoc names a module by its file; a reader imports it by its door. */
function nameDoors({ children = [] }: ProjectReflection): void {
  const names = Object.fromEntries(
    Object.entries(doors).map(([name, path]) => [path.replace(/(\/index)?\.ts$/, ''), name]),
  )
  for (const child of children) child.name = names[child.name] ?? child.name
}

/** TypeScript gives typedoc the 50 codes where the sources say `ErrorCode`. */
async function nameErrorCode(): Promise<void> {
  const union = Object.keys(errorCodes)
    .map((code) => `\\| \`"${code}"\``)
    .join(' ')
  const inCode = new RegExp(
    `(?<!ErrorCode )([:=])\\s+\\| ${Object.keys(errorCodes)
      .map((code) => `"${code}"`)
      .join('\\s+\\| ')};`,
    'g',
  )
  const page = join(out, '@pgfork/core.md')
  for (const path of await listPages()) {
    const text = await readFile(path, 'utf8')
    const link = `[\`ErrorCode\`](${relative(join(path, '..'), page)}#errorcode)`
    await writeFile(
      path,
      text.replaceAll(union, link).replaceAll(inCode, (_, before: string) => `${before} ErrorCode;`),
    )
  }
}

/** typedoc-plugin-markdown numbers headings that only nearly have the same anchor: a link to `#forkactivity-1` where there is one. */
async function mendAnchors(): Promise<void> {
  const texts = new Map(
    await Promise.all((await listPages()).map(async (path) => [path, await readFile(path, 'utf8')] as const)),
  )
  const count = (text: string, anchor: string): number =>
    [...text.matchAll(/^#+ (.+)$/gm)].filter(([, heading = '']) => slugify(heading) === anchor).length
  for (const [path, text] of texts) {
    const mended = text.replaceAll(
      /\]\(([^)#]*)#([^)]+)-(\d+)\)/g,
      (link, page: string, anchor: string, number: string) => {
        const target = texts.get(page === '' ? path : resolve(path, '..', page))
        return target === undefined || Number(number) < count(target, anchor) ? link : `](${page}#${anchor})`
      },
    )
    await writeFile(path, mended)
  }
}

async function listPages(): Promise<string[]> {
  return (await readdir(out, { recursive: true })).filter((file) => file.endsWith('.md')).map((file) => join(out, file))
}
