import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, rm, symlink } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { platform, project } from './project.ts'

interface Locked {
  version?: string
  dev?: boolean
  bin?: Record<string, string>
}

interface Lock {
  packages: Record<string, Locked>
}

/** Of packages that are larger than what runs of them: what is kept, below the package's directory. */
const keptOf: Record<string, () => string[]> = {
  // A directory for each resource of AWS, and 120 MB of their description for other languages.
  '@cdktf/provider-aws': () => ['package.json', 'LICENSE', ...usedOfProvider()],
  '@cdktf/node-pty-prebuilt-multiarch': () => ['package.json', 'LICENSE', 'lib', `prebuilds/${platform}`],
  [`node-${platform}`]: () => ['package.json', 'LICENSE', 'bin'],
  [`node-bin-${platform}`]: () => ['package.json', 'LICENSE', 'bin'],
}

/** The compiler of the project's development. Production packages only take it where it is there. */
const ofDevelopment = /^node_modules\/(typescript$|@typescript\/)/

/** For developers' editors, debuggers and tests. */
const forDevelopment = /\.(d\.[cm]?ts|map|tsbuildinfo)$|(^|\/)__tests__$/

/**
 * Copies the packages that the lock file has for production, from those that are installed.
 * @throws Error when some are missing: the checkout was not set up
 */
export async function copyPackages(directory: string): Promise<void> {
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as Lock
  const wanted = Object.entries(packages).filter(
    ([path, { dev }]) => path !== '' && !dev && !ofDevelopment.test(path),
  )
  const there = wanted.filter(([path]) => existsSync(join(project, path)))
  if (!there.some(([path]) => path.endsWith(`-${platform}`))) {
    throw new Error(
      'The packages are not installed. Run npm test or npm start first, which set the project up.',
    )
  }
  for (const [path] of there) await copyPackage(path, directory)
  for (const [path, { bin }] of there) await linkPrograms(path, bin, directory)
}

async function copyPackage(path: string, directory: string): Promise<void> {
  const source = join(project, path)
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
  const kept = keptOf[name]?.()
  await cp(source, join(directory, path), {
    recursive: true,
    verbatimSymlinks: true,
    filter(from) {
      const file = relative(source, from).split(sep).join('/')
      if (file === '') return true
      // Packages below it are in the lock file by themselves.
      if (file === 'node_modules' || forDevelopment.test(file)) return false
      return !kept || kept.some((place) => within(file, place) || within(place, file))
    },
  })
}

/** As npm does. */
async function linkPrograms(path: string, bin: Locked['bin'], directory: string): Promise<void> {
  const links = join(directory, path.slice(0, path.lastIndexOf('node_modules/')), 'node_modules', '.bin')
  for (const [name, file] of Object.entries(bin ?? {})) {
    const target = join(directory, path, file)
    if (!existsSync(target)) continue
    await mkdir(links, { recursive: true })
    const link = join(links, name)
    await rm(link, { force: true })
    await symlink(relative(dirname(link), target), link)
  }
}

/** The directories of the AWS provider's package that the stacks import. */
function usedOfProvider(): string[] {
  const files = ['cdktf.ts', 'cdktf-bucket.ts'].map((name) =>
    readFileSync(join(project, 'stacks', name), 'utf8'),
  )
  return [...files.join('\n').matchAll(/@cdktf\/provider-aws\/(lib\/[a-z0-9-]+)\//g)].map(
    ([, used]) => used as string,
  )
}

function within(file: string, place: string): boolean {
  return file === place || file.startsWith(`${place}/`)
}
