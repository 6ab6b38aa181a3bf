export { TCP as default } from './wire.js';
