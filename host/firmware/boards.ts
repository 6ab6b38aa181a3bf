/** The boards that there is firmware for. Their manifests are in src/app/boards. */
export interface Board {
  /** mcconfig's name of the chip. */
  platform: string;
  /** How it reaches the broker; what is not WiFi is given no network to join. */
  uplink: 'wifi' | 'ethernet';
  about: string;
}

export const boards: Record<string, Board> = {
  wt32_eth01: { platform: 'esp32', uplink: 'wifi', about: 'ESP32 with a LAN8720 on its own MAC: Ethernet tap, WiFi uplink' },
  esp32_poe: { platform: 'esp32', uplink: 'wifi', about: 'Olimex ESP32-POE, a LAN8720 on its own MAC: Ethernet tap, WiFi uplink' },
  esp32c3_w5500: { platform: 'esp32/esp32c3', uplink: 'wifi', about: 'ESP32-C3 with a W5500 on SPI: Ethernet tap, WiFi uplink' },
  esp32s3: { platform: 'esp32/esp32s3', uplink: 'wifi', about: 'ESP32-S3: WiFi tap on the uplink\'s own channel' },
};

export const boardNames: readonly string[] = Object.keys(boards);
