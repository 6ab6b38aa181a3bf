/** The way from a board to the broker. A board's manifest decides which file is `blockwatch/app/boards/uplink`. */
export interface Uplink {
  /**
   * Brings the interface up, and again after every loss.
   *
   * @param wifi the network to join; unused on a wire
   * @param changed called with true when there is an address and false when it is lost, never twice the same
   * @param say reports to people why there is none
   */
  connect(
    wifi: { ssid: string; password: string },
    changed: (up: boolean) => void,
    say: (sentence: string) => void,
  ): void;
  /** Loss of signal, dB; undefined on a wire. */
  signalLoss(): number | undefined;
}
