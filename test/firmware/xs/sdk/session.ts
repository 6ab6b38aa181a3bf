export { Session as default } from './wire.js';
