/** All generated members of the zoo, and what a capture and its label are made of. */
import { discoveryMembers } from './discovery.js';
import { linkMembers } from './link.js';
import type { Member } from './member.js';
import { peerMembers } from './peers.js';
import { serviceMembers } from './services.js';
import { officeHome, pcapOf, Story } from './story.js';

export const members: readonly Member[] = [...linkMembers, ...discoveryMembers, ...peerMembers, ...serviceMembers];

export interface ZooLabel {
  capture: string;
  description: string;
  tool: string;
  command: string;
  linkType: 'ethernet';
  home: readonly string[];
  packets: number;
  seconds: number;
  scanners: [];
  benignNotable: Array<{ source: string; why: string }>;
  notes: string;
  tap: 'wan' | 'lan' | 'port';
  /** Addresses that lived before the capture begins and are silent in it. */
  departed?: readonly string[];
  /** Addresses that are new in the capture. */
  newcomers?: readonly string[];
  /** Has a learned placement: judged also after twenty minutes of its office's ordinary traffic. */
  learned: boolean;
}

export function generated(member: Member): { pcap: Buffer; label: ZooLabel } {
  const place = member.place ?? 'lan';
  const seed = Buffer.from(member.name).reduce((sum, byte) => (Math.imul(sum, 31) + byte) | 0, 7);
  const story = new Story(place, seed);
  member.write(story);
  const frames = story.frames;
  const seconds = ((frames.at(-1)?.time ?? 0) - (frames[0]?.time ?? 0)) / 1000;
  return {
    pcap: pcapOf(frames),
    label: {
      capture: `${member.name}.pcap`,
      description: member.description,
      tool: 'generator',
      command: 'npm run zoo',
      linkType: 'ethernet',
      home: member.home ?? officeHome,
      packets: frames.length,
      seconds: Math.round(seconds * 1000) / 1000,
      scanners: [],
      benignNotable: [{ source: member.source, why: member.why }],
      notes: '',
      tap: place,
      ...(member.departed ? { departed: member.departed } : {}),
      ...(member.newcomers ? { newcomers: member.newcomers } : {}),
      learned: member.learned ?? true,
    },
  };
}

export function labelText(label: ZooLabel): string {
  return `${JSON.stringify(label, null, 1)}\n`;
}
