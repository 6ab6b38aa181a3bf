export { Client as default } from './wire.js';
