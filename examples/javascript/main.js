import { createApp } from './app.js'

createApp({ url: process.env.DOORWARD_URL, key: process.env.DOORWARD_KEY }).listen(3000, '127.0.0.1')
