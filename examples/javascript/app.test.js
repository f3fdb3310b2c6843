import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'

import { createApp } from './app.js'
import { key, startDoorward, tokenOf } from './doorward.js'

let doorward, app

before(async () => {
  doorward = await startDoorward()
  app = createApp({ url: doorward.url, key })
  await new Promise((done) => app.listen(0, '127.0.0.1', done))
})

beforeEach(() => doorward.reset())

after(async () => {
  app?.close()
  await doorward?.stop()
})

// hello asks the app for its page as whoever has a session, and answers the status.
async function hello(token) {
  const answer = await fetch(`http://127.0.0.1:${app.address().port}/hello`, { headers: { Authorization: 'Bearer ' + token } })
  await answer.text()
  return answer.status
}

const ada = { email: 'ada@example.test', password: 'correct horse battery' }

test('only whoever is signed in is greeted', async () => {
  assert.equal(await hello('no-such-token'), 401)
  assert.equal(await hello(await doorward.signIn('user@example.test')), 200)
})

test('a newcomer confirms by mail', async () => {
  assert.equal((await doorward.call('POST', '/api/v1/registrations', ada)).status, 201)
  const { token } = (await doorward.call('POST', '/api/v1/sessions', ada)).body
  assert.equal(await hello(token), 403)
  const mail = await doorward.mail(ada.email)
  assert.equal((await doorward.call('POST', '/api/v1/confirmations/' + tokenOf(mail))).status, 200)
  assert.equal(await hello(token), 200)
})

test('a link to a new password expires', async () => {
  await doorward.call('POST', '/api/v1/password-resets', { email: 'user@example.test' })
  const link = '/api/v1/password-resets/' + tokenOf(await doorward.mail('user@example.test'))
  assert.equal((await doorward.call('GET', link)).status, 200)
  await doorward.advance('61m')
  assert.equal((await doorward.call('GET', link)).status, 404)
})

test('a session expires', async () => {
  const token = await doorward.signIn('user@example.test')
  await doorward.advance('61d')
  assert.equal(await hello(token), 401)
})

test('a mail server in trouble only delays the mail', async () => {
  await doorward.failMails('tempfail', 1)
  assert.equal((await doorward.call('POST', '/api/v1/registrations', ada)).status, 201)
  await doorward.advance('1m') // when it is tried again
  assert.ok(await doorward.mail(ada.email))
})
