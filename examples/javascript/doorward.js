// A Doorward for tests: `doorward dev` as a process of its own, and what tests ask of it.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export const key = 'dwk_development'

// startDoorward starts the program (DOORWARD names it) on a free port; the first line that it prints says where it is.
export async function startDoorward() {
  const program = process.env.DOORWARD ?? 'doorward'
  const child = spawn(program, ['dev', '--listen', '127.0.0.1:0', '--app-key', key, '--log-level', 'warn'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve))
  const url = await Promise.race([
    new Promise((resolve) => createInterface(child.stdout).once('line', (line) => resolve(line.split(' ').pop()))),
    ended.then((code) => Promise.reject(new Error(`${program} ended with ${code}`))),
  ])

  // call sends a request, with body as JSON, and answers {status, body}.
  async function call(method, path, body, token) {
    const headers = {}
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    if (token) headers.Authorization = 'Bearer ' + token
    const answer = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) })
    const text = await answer.text()
    return { status: answer.status, body: text ? JSON.parse(text) : null }
  }

  return {
    url,
    call,
    reset: (users) => call('POST', '/dev/api/reset', users && { users }),
    signIn: async (email) => (await call('POST', '/dev/api/sessions', { email })).body.token,
    advance: (time) => call('POST', '/dev/api/clock', { advance: time }),
    failMails: (how, next) => call('POST', '/dev/api/faults', { mail: how, next }),
    // mail waits for the newest mail to an address.
    mail: async (to) => (await call('GET', `/dev/api/mailbox?wait=10s&to=${encodeURIComponent(to)}`)).body.mails[0],
    stop: () => {
      child.kill()
      return ended
    },
  }
}

// tokenOf is the end of the link that a mail is about.
export const tokenOf = (mail) => mail.links[0].split('/').pop()
