// Honest web traffic for the namespace tests. `serve ADDRESS...` answers HTTP on port 80 of each address and says
// "serving"; `browse N ADDRESS...` fetches N pages from them, one after another.
import { createServer, get } from 'node:http';

const [mode, ...rest] = process.argv.slice(2);
if (mode === 'serve') {
  let waiting = rest.length;
  for (const address of rest) {
    createServer((_, response) => response.end('x'.repeat(20_000))).listen(
      80,
      address,
      () => --waiting || console.log('serving'),
    );
  }
} else {
  const [count, ...addresses] = rest;
  for (let i = 0; i < Number(count); i++) {
    await new Promise((resolve, reject) => {
      get({ host: addresses[i % addresses.length], port: 80, path: `/${i}`, agent: false }, (response) => {
        response.resume().on('end', resolve);
      }).on('error', reject);
    });
  }
}
