import process from 'node:process'
import { workFolderPrefix } from '../system/make-work-folder.ts'

/** For a shell in a new mount namespace: file systems of other test files could not be taken down as long as it has them mounted. */
const letGoOfOthers = `while read -r _ _ _ _ point _; do
  case "$point" in
    */${workFolderPrefix}*-${process.pid}-*) ;;
    */${workFolderPrefix}*) umount -l "$point" 2> /dev/null || true ;;
  esac
done < /proc/self/mountinfo
`

/**
 * The words of a command that runs a shell's script in a mount namespace of its own, in which the words behind them are `"$@"`.
 *
 * @param options further ones of unshare(1)
 */
export const inMountNamespace = (script: string, options: readonly string[] = []): string[] => [
  ...['unshare', '--mount', ...options, 'sh', '-e', '-c'],
  ...[`${letGoOfOthers}${script}`, 'sh'],
]
