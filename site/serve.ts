import { createServer } from 'vitepress'

const server = await createServer(import.meta.dirname)
await server.listen()
server.printUrls()
