// A person who looks at the page: `look.mjs CHROMIUM URL TEXT FILE` opens the page, waits until it shows the text, saves a picture, and prints the line with the text.
import { chromium } from 'playwright-core';

const [executablePath, url, text, path] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath,
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
  ],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' });
const complaints = [];
page.on('pageerror', (error) => complaints.push(String(error)));
await page.goto(url);
const line = async () =>
  (await page.evaluate('document.body.innerText')).split('\n').find((words) => words.includes(text));
let found = await line();
while (!found) {
  await page.waitForTimeout(50);
  found = await line();
}
await page.screenshot({ path });
await browser.close();
console.log(JSON.stringify({ found, complaints }));
