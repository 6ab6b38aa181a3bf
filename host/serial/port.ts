/** Finds and opens serial ports, and explains errors. */
import { SerialPort } from 'serialport';
import { UserError } from '../common/errors.js';

export interface FoundPort {
  path: string;
  /** `CP2102 USB to UART (Silicon Labs)`; empty if unknown. */
  about: string;
}

/** With 8N1, used by the boot ROM and the firmware. */
const BAUD = 115_200;

/** USB ports; a computer's built-in UARTs, which have no vendor, are omitted. */
async function listPorts(): Promise<FoundPort[]> {
  const all = await SerialPort.list();
  return all
    .filter(({ vendorId, path }) => vendorId !== undefined || /usb|acm/i.test(path))
    .map((one) => {
      const { friendlyName, pnpId } = one as { friendlyName?: string; pnpId?: string };
      return { path: one.path, about: friendlyName ?? one.manufacturer ?? pnpId ?? '' };
    });
}

/** The given port, or the only one. @throws UserError */
export async function choosePort(
  named: string | undefined,
  list: () => Promise<FoundPort[]> = listPorts,
): Promise<string> {
  if (named !== undefined) return named;
  const all = await list();
  if (all.length === 1) return (all[0] as FoundPort).path;
  const problem =
    all.length === 0
      ? 'No board is plugged in: there is no USB serial port. Plug it in with a data cable, or name its port with --port.'
      : `There are ${all.length} boards to choose from: ${all.map(({ path, about }) => `${path}${about ? ` (${about})` : ''}`).join(', ')}. Name one with --port.`;
  throw new UserError('BW_SERIAL', { problem });
}

/** Explains an error of the operating system and what to do. */
export function explainPort(path: string, message: string): string {
  if (/no such file|ENOENT|not found|cannot find/i.test(message))
    return `There is no port ${path}. Plug the board in, or name its port with --port.`;
  if (/permission denied|EACCES/i.test(message)) {
    return `This user has no access to ${path}. On Linux, run "sudo usermod -aG dialout $USER" (Arch: uucp) and log in again.`;
  }
  if (/lock|busy|EBUSY|in use|resource temporarily unavailable|access (is )?denied/i.test(message))
    return `Another program uses ${path}. Close the serial monitor or the browser page that has it open.`;
  if (/inappropriate ioctl|ENOTTY|not a tty/i.test(message))
    return `${path} is not a serial port. Name one with --port.`;
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
