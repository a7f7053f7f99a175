import {spawn, spawnSync} from 'node:child_process'
import {ended} from './command.ts'

/** A pseudo-terminal is made by python here. */
export const hasTerminal = spawnSync('python3', ['-c', 'import pty']).status === 0

/**
 * Runs a line of shell on a pseudo-terminal: standard input, output and error of its processes are that, unless the line
 * says otherwise. Resolves to what the terminal showed.
 */
export async function terminal(line: string, typed = ''): Promise<{code: number | string; shown: string}> {
  const script = [
    'import fcntl, os, pty, struct, sys, termios',
    'pid, fd = pty.fork()',
    // a new one has no size
    "if pid == 0: fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))",
    "if pid == 0: os.execvp('bash', ['bash', '-c', sys.argv[1]])",
    'if sys.argv[2]: os.write(fd, sys.argv[2].encode())',
    'while True:',
    '  try: data = os.read(fd, 4096)',
    '  except OSError: break',
    '  if not data: break',
    '  sys.stdout.buffer.write(data); sys.stdout.flush()',
    'sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))',
  ].join('\n')
  const child = spawn('python3', ['-c', script, line, typed], {stdio: ['ignore', 'pipe', 'pipe']})
  const {code, out} = await ended(child)
  return {code, shown: out}
}
