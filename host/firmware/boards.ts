/** The supported boards. Their manifests are in src/app/boards; docs/DEPLOY.md shows this table. */
export interface Board {
  /** Platform name of mcconfig. */
  platform: string;
  tap: 'ethernet' | 'wifi';
  /**
   * How it reaches the broker. Only WiFi uplinks have a network to join. If both are Ethernet, tap and uplink share the
   * wire.
   */
  uplink: 'wifi' | 'ethernet';
  /** Smallest flash size it is sold with. Megabytes. */
  flash: number;
  about: string;
  /** Price range of the complete hardware at the time of writing. */
  price: string;
  /** Source of the pin assignment. */
  source: string;
  /** Test status, in words for docs/DEPLOY.md. */
  seen: Seen;
  /** Exists only in an emulator, for testing the firmware. */
  emulated?: true;
}

interface Seen {
  built: string;
  booted: string;
  /**
   * The least free RAM with uplink and TLS up: "measured", or "planned" (`npm run firmware:plan`) where no image of the
   * board has run.
   */
  free: string;
}

/** The SDK's XS stages for the board, and our C with another compiler; not linked. */
const notLinked = (planned: number): Seen => ({
  built: 'XS stages, C',
  booted: 'no',
  free: `planned ${planned} KiB, not measured`,
});

const arduino = (variant: string): string => `arduino-esp32, \`variants/${variant}\``;
/** Its Kconfig has the pins of the W5500 examples for each chip. */
const ethernetInit = 'espressif/esp-eth-drivers, `ethernet_init`';

export const boards: Record<string, Board> = {
  wt32_eth01: {
    platform: 'esp32',
    tap: 'ethernet',
    uplink: 'wifi',
    flash: 4,
    about: 'WT32-ETH01: ESP32 with a LAN8720 on its own MAC',
    price: 'under $10',
    source: arduino('wt32-eth01'),
    seen: notLinked(52),
  },
  esp32_poe: {
    platform: 'esp32',
    tap: 'ethernet',
    uplink: 'ethernet',
    flash: 4,
    about: 'Olimex ESP32-POE: ESP32 with a LAN8720 on its own MAC',
    price: '$10 to $25',
    source: `${arduino('esp32-poe')}, and what its ETH.h has else`,
    seen: notLinked(52),
  },
  esp32_gateway: {
    platform: 'esp32',
    tap: 'ethernet',
    uplink: 'ethernet',
    flash: 4,
    about: 'Olimex ESP32-GATEWAY, revision E or later: ESP32 with a LAN8710A on its own MAC',
    price: '$10 to $25',
    source: arduino('esp32-gateway'),
    seen: notLinked(52),
  },
  m5stack_atom_poe: {
    platform: 'esp32',
    tap: 'ethernet',
    uplink: 'wifi',
    flash: 4,
    about: 'M5Stack ATOM Lite on an AtomPoE: ESP32 with a W5500 on SPI',
    price: '$25 to $40',
    source: 'thomasfredericks/aide, `m5stack/atom-poe`; arduino-esp32 issue 9246',
    seen: notLinked(62),
  },
  esp32c3_w5500: {
    platform: 'esp32/esp32c3',
    tap: 'ethernet',
    uplink: 'ethernet',
    flash: 4,
    about: 'ESP32-C3 with a W5500 on SPI',
    price: 'under $10',
    source: `${ethernetInit}; RST ours`,
    seen: { built: 'whole image: 1,132,592 bytes', booted: 'no', free: 'planned 55 KiB, not measured' },
  },
  esp32c6_w5500: {
    platform: 'esp32/esp32c6',
    tap: 'ethernet',
    uplink: 'wifi',
    flash: 4,
    about: 'ESP32-C6-DevKitC-1 with a W5500 on SPI',
    price: '$10 to $25',
    source: `${ethernetInit}; INT and RST ours, off the strapping pins`,
    seen: { built: 'whole image: 1,653,376 bytes', booted: 'no', free: 'planned 183 KiB, not measured' },
  },
  lilygo_t_eth_lite_s3: {
    platform: 'esp32/esp32s3',
    tap: 'ethernet',
    uplink: 'wifi',
    flash: 16,
    about: 'LilyGO T-ETH-Lite S3: ESP32-S3 with a W5500 on SPI',
    price: '$10 to $25',
    source: 'LilyGO-T-ETH-Series, `examples/ETHOTA/utilities.h`',
    seen: notLinked(75),
  },
  waveshare_s3_eth: {
    platform: 'esp32/esp32s3',
    tap: 'ethernet',
    uplink: 'wifi',
    flash: 16,
    about: 'Waveshare ESP32-S3-ETH: ESP32-S3 with a W5500 on SPI',
    price: '$10 to $25',
    source: "Waveshare's schematic, as circuitpython issue 9884 reads it",
    seen: notLinked(75),
  },
  esp32s3: {
    platform: 'esp32/esp32s3',
    tap: 'wifi',
    uplink: 'wifi',
    flash: 4,
    about: "ESP32-S3: hears the air of the uplink's channel",
    price: 'under $10',
    source: 'ESP32-S3 datasheet (UART0)',
    seen: notLinked(82),
  },
  qemu_esp32c3: {
    platform: 'esp32/esp32c3',
    tap: 'ethernet',
    uplink: 'ethernet',
    flash: 4,
    about: "an ESP32-C3 in Espressif's QEMU",
    price: 'none',
    source: 'ESP32-C3 datasheet (UART0)',
    seen: { built: 'whole image: 1,131,504 bytes', booted: 'in QEMU', free: 'measured 64,904 bytes' },
    emulated: true,
  },
};

export const boardNames: readonly string[] = Object.keys(boards);
/** Boards that exist as hardware. */
export const realBoards: readonly string[] = boardNames.filter((name) => !boards[name]?.emulated);
