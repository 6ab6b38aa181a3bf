/** Serial ports: which there are, and one opened, with what goes wrong in words. */
import { SerialPort } from 'serialport';
import { UserError } from '../common/errors.js';

export interface FoundPort {
  path: string;
  /** `CP2102 USB to UART (Silicon Labs)`; empty where nothing is known. */
  about: string;
}

/** 8N1, as boards boot and as the firmware speaks. */
const BAUD = 115_200;

/** USB ports first; a computer's own UARTs, which have no vendor, are left out. */
async function listPorts(): Promise<FoundPort[]> {
  const all = await SerialPort.list();
  return all
    .filter(({ vendorId, path }) => vendorId !== undefined || /usb|acm/i.test(path))
    .map((one) => {
      const { friendlyName, pnpId } = one as { friendlyName?: string; pnpId?: string };
      return { path: one.path, about: friendlyName ?? one.manufacturer ?? pnpId ?? '' };
    });
}

/** The port that was named, or the only one there is. @throws UserError */
export async function choosePort(
  named: string | undefined,
  list: () => Promise<FoundPort[]> = listPorts,
): Promise<string> {
  if (named !== undefined) return named;
  const all = await list();
  if (all.length === 1) return (all[0] as FoundPort).path;
  const problem =
    all.length === 0
      ? 'No board is plugged in, as far as the serial ports show. Plug it in with a cable that carries data, or name its port with --port.'
      : `There are ${all.length} boards to choose from: ${all.map(({ path, about }) => `${path}${about ? ` (${about})` : ''}`).join(', ')}. Name one with --port.`;
  throw new UserError('BW_SERIAL', { problem });
}

/** What an operating system's words for a failure mean, and what to do. */
export function explainPort(path: string, message: string): string {
  if (/no such file|ENOENT|not found|cannot find/i.test(message))
    return `There is no port ${path}. Plug the board in, or name its port with --port.`;
  if (/permission denied|EACCES/i.test(message)) {
    return `This user may not use ${path}. On Linux: "sudo usermod -aG dialout $USER" (Arch: uucp), then log in again.`;
  }
  if (/lock|busy|EBUSY|in use|resource temporarily unavailable|access (is )?denied/i.test(message))
    return `Another program uses ${path}: close its serial monitor, or the browser's page.`;
  if (/inappropriate ioctl|ENOTTY|not a tty/i.test(message)) return `${path} is no serial port. Name one with --port.`;
  return `${path} cannot be used: ${message.replace(/^Error:? /, '').replace(/\.$/, '')}. Unplug the board, plug it in again, and check the cable.`;
}

/** @throws UserError */
export async function openPort(path: string): Promise<SerialPort> {
  const port = new SerialPort({ path, baudRate: BAUD, autoOpen: false });
  await new Promise<void>((resolve, reject) =>
    port.open((error) =>
      error ? reject(new UserError('BW_SERIAL', { problem: explainPort(path, error.message) })) : resolve(),
    ),
  );
  return port;
}
