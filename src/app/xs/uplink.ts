/** The way from a board to the broker. A board's manifest decides which file is `blockwatch/app/boards/uplink`. */
export interface Uplink {
  /**
   * Brings the interface up, and up again for ever.
   *
   * @param wifi the network to join; a wire needs none
   * @param changed told true when there is an address and false when it is gone, never the same twice
   * @param say for people: why there is none
   */
  connect(
    wifi: { ssid: string; password: string },
    changed: (up: boolean) => void,
    say: (sentence: string) => void,
  ): void;
  /** Loss of signal, dB; undefined on a wire. */
  signalLoss(): number | undefined;
}
