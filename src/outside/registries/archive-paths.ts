import { ArchiveRefused } from './tar.ts'

/** Collects the entries of an archive and refuses those that cannot stand beside each other. */
export type ArchivePaths = {
  addFolder(path: string): void
  addFile(path: string, content: Buffer): void
  /** The one root folder, and the files by their path below it. */
  done(): { readonly root: string; readonly files: ReadonlyMap<string, Buffer> }
}

/** An empty collection. Paths passed `checkName`. */
export function archivePaths(): ArchivePaths {
  const folders = new Set<string>()
  const files = new Map<string, Buffer>()
  let root: string | null = null

  function place(path: string): void {
    const [first = ''] = path.split('/')
    root ??= first
    if (first !== root) throw new ArchiveRefused(`${said(path)} is outside its one root folder ${said(root)}`)
    if (files.has(path)) throw new ArchiveRefused(`${said(path)} is in it twice`)
    for (const parent of parents(path)) {
      if (files.has(parent)) throw new ArchiveRefused(`${said(parent)} is a file and a folder`)
      folders.add(parent)
    }
  }

  return {
    addFolder(path) {
      place(path)
      folders.add(path)
    },
    addFile(path, content) {
      place(path)
      if (folders.has(path)) throw new ArchiveRefused(`${said(path)} is a file and a folder`)
      if (!path.includes('/')) throw new ArchiveRefused(`${said(path)} stands outside of a root folder`)
      files.set(path, content)
    },
    done() {
      if (root === null || files.size === 0) throw new ArchiveRefused('it is empty')
      const skip = root.length + 1
      return { root, files: new Map([...files].map(([path, content]) => [path.slice(skip), content])) }
    },
  }
}

/** Refuses every name that could mean something else on another system: only relative paths of plain NFC segments pass. */
export function checkName(path: string): void {
  const why = unsafe(path)
  if (why !== null) throw new ArchiveRefused(`${said(path)} ${why}`)
}

/** Longest path of an entry; PATH_MAX of Linux is 4096, and it is written below another folder. */
const MAX_PATH = 1024

function unsafe(path: string): string | null {
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'is an absolute path'
  if (path.includes('\\')) return 'has a backslash'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'has control characters'
  if (path.normalize('NFC') !== path) return 'is not in Unicode form NFC'
  if (path.length > MAX_PATH) return 'is too long'
  const segments = path.split('/')
  if (segments.includes('..')) return 'leads out of the archive (..)'
  return segments.includes('') || segments.includes('.') ? 'has an empty or dot segment' : null
}

function parents(path: string): string[] {
  const segments = path.split('/')
  return segments.slice(1).map((_, at) => segments.slice(0, at + 1).join('/'))
}

function said(path: string): string {
  return JSON.stringify(path.slice(0, 200))
}
