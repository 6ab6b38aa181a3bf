/** The boards that there is firmware for. Their manifests are in src/app/boards; docs/DEPLOY.md shows this table. */
export interface Board {
  /** mcconfig's name of the chip. */
  platform: string;
  tap: 'ethernet' | 'wifi';
  /** How it reaches the broker; what is not WiFi is given no network to join. Where both are Ethernet, they share the one wire. */
  uplink: 'wifi' | 'ethernet';
  /** Megabytes of flash that it is sold with, at least. */
  flash: number;
  about: string;
  /** No such board can be bought: it is an emulator's, for trying the firmware. */
  emulated?: true;
}

export const boards: Record<string, Board> = {
  wt32_eth01: { platform: 'esp32', tap: 'ethernet', uplink: 'wifi', flash: 4, about: 'WT32-ETH01: ESP32 with a LAN8720 on its own MAC' },
  esp32_poe: { platform: 'esp32', tap: 'ethernet', uplink: 'ethernet', flash: 4, about: 'Olimex ESP32-POE: ESP32 with a LAN8720 on its own MAC' },
  esp32c3_w5500: { platform: 'esp32/esp32c3', tap: 'ethernet', uplink: 'ethernet', flash: 4, about: 'ESP32-C3 with a W5500 on SPI' },
  esp32s3: { platform: 'esp32/esp32s3', tap: 'wifi', uplink: 'wifi', flash: 4, about: 'ESP32-S3: hears the air of the uplink\'s channel' },
  qemu_esp32c3: { platform: 'esp32/esp32c3', tap: 'ethernet', uplink: 'ethernet', flash: 4, about: 'an ESP32-C3 in Espressif\'s QEMU', emulated: true },
};

export const boardNames: readonly string[] = Object.keys(boards);
/** Those that somebody can hold. */
export const realBoards: readonly string[] = boardNames.filter((name) => !boards[name]?.emulated);
