/** Declarations that the Moddable SDK's typings lack: the board module and the internals of the SDK's TLS. */

declare module 'blockwatch/app/boards/current' {
  export const board: import('./board.js').Board;
}

declare module 'blockwatch/app/boards/uplink' {
  export const uplink: import('./uplink.js').Uplink;
}

declare module 'ecp' {
  export default class ECPoint {
    constructor(x: bigint, y: bigint);
  }
}

declare module 'curve' {
  export default class Curve {
    constructor(name: 'secp256r1');
    /** The order of the group. */
    readonly n: bigint;
  }
}

declare module 'ecdsa' {
  export default class ECDSA {
    constructor(key: import('ecp').default, curve: import('curve').default);
    /** Whether (r, s) signs the hash; the range of both is not checked. */
    _verify(hash: ArrayBuffer, r: bigint, s: bigint): boolean;
  }
}

declare module 'ssl/session' {
  /** What a session reads from and writes to; it counts down the bytes it consumes. */
  interface Wire {
    readable: number;
    writable: number;
    read(into: Uint8Array): unknown;
    write(packet: unknown): number;
  }
  export default class Session {
    constructor(options: { serverName: string; certificate?: ArrayBuffer; protocolVersion: number; cache: boolean });
    readonly handshakeProcess: number;
    readonly alert: { level: number; description: number } | undefined;
    initiateHandshake(): void;
    /** Processes one flight; true at the end, and after an alert. */
    handshake(wire: Wire): boolean;
    /** undefined: nothing yet; null: the peer has closed. */
    read(wire: Wire): Uint8Array | null | undefined;
    write(wire: Wire, data: ArrayBuffer | Uint8Array, options?: object): number;
  }
}
