// A small app whose people are Doorward's: it is shown a session's token and asks Doorward whose it is.
import { createServer } from 'node:http'

// whose answers whose session a token is of; null for nobody's.
async function whose(accounts, token) {
  const answer = await fetch(accounts.url + '/api/v1/sessions/verify', {
    method: 'POST',
    headers: { Authorization: 'Bearer ' + accounts.key, 'Content-Type': 'application/json' },
    body: JSON.stringify({ token }),
  })
  if (answer.status === 404) return null
  if (!answer.ok) throw new Error('doorward answers ' + answer.status)
  return (await answer.json()).user
}

// createApp greets people who are signed in and have confirmed their address. accounts is {url, key}.
export function createApp(accounts) {
  return createServer(async (request, response) => {
    const token = (request.headers.authorization ?? '').replace(/^Bearer /, '')
    const say = (status, text) => response.writeHead(status, { 'Content-Type': 'text/plain' }).end(text + '\n')
    try {
      const user = await whose(accounts, token)
      if (!user) return say(401, 'Sign in first.')
      if (!user.confirmed_at) return say(403, 'Confirm your address first.')
      say(200, `Hello, ${user.username}.`)
    } catch {
      say(502, 'Please come back later.')
    }
  })
}
