/**
 * Declarations of SDK 8.2 that the typings on npm (@moddable/typings 5.6.0) lack. For `npm run firmware:check` only.
 */

declare function native(name: string): (this: void, ...given: unknown[]) => never;

declare module 'crypt' {
  export class Digest {
    constructor(type: string);
    write(data: ArrayBuffer | ArrayBufferView): void;
    close(): ArrayBuffer;
  }
}

declare module 'embedded:network/mqtt/client' {
  export default class MQTTClient {
    private constructor();
  }
}

declare module 'mc/config' {
  const config: unknown;
  export default config;
}

declare module 'embedded:network/interface/wifi' {
  /** ECMA-419, section 22. */
  export default class WiFi {
    constructor(options: { onChanged?(this: WiFi, property: string): void });
    readonly connection: number;
    readonly RSSI: number | undefined;
    connect(network: { SSID: string; password?: string; secure?: boolean }): void;
    close(): void;
  }
}
