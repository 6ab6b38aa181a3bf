/**
 * What of ESP-IDF the boards' C includes, against what links it and what finds it. The SDK's build links a component of
 * IDF when a manifest names it, and looks for headers in the folders of its own makefile, which are not all of IDF's.
 * Neither the XS stages nor a compiler of Debian's would tell; both have broken every board once.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { projectRoot } from '../../host/common/paths.js';
import { boardNames } from '../../host/firmware/boards.js';
import { readBoard } from '../../scripts/firmware/board-manifest.js';
import { includeFolders, LIBC } from '../../scripts/firmware/compile-chip.js';
import { describeWith } from '../support/requirement.js';

interface Header {
  /** Where it lies below IDF's `components`, or in a component of the registry; the first part names the component. */
  folder: string;
  /** The SDK's makefile looks there, so its name alone will do. Else it is written `component/include/name.h`. */
  found: boolean;
}

const at = (folder: string, found = true): Header => ({ folder, found });

const headers: Record<string, Header> = {
  'driver/gpio.h': at('esp_driver_gpio/include'),
  'driver/spi_master.h': at('esp_driver_spi/include'),
  'esp_eth.h': at('esp_eth/include'),
  'esp_eth_driver.h': at('esp_eth/include'),
  'esp_eth_mac_openeth.h': at('esp_eth/include'),
  'esp_eth_mac_w5500.h': at('espressif__w5500/include'),
  'esp_eth_netif_glue.h': at('esp_eth/include'),
  'esp_eth_phy_w5500.h': at('espressif__w5500/include'),
  'esp_event.h': at('esp_event/include'),
  'esp_heap_caps.h': at('heap/include'),
  'esp_netif.h': at('esp_netif/include'),
  'esp_ota_ops.h': at('app_update/include', false),
  'esp_partition.h': at('esp_partition/include'),
  'esp_random.h': at('esp_hw_support/include'),
  'esp_system.h': at('esp_system/include'),
  'esp_task_wdt.h': at('esp_system/include'),
  'esp_timer.h': at('esp_timer/include'),
  'esp_wifi.h': at('esp_wifi/include'),
  'freertos/FreeRTOS.h': at('freertos/FreeRTOS-Kernel/include'),
  'freertos/task.h': at('freertos/FreeRTOS-Kernel/include'),
  'hal/uart_ll.h': at('esp_hal_uart/esp32/include'),
  'local/esp_wifi_types_native.h': at('esp_wifi/include'),
  'lwip/priv/tcp_priv.h': at('lwip/lwip/src/include'),
  'lwip/priv/tcpip_priv.h': at('lwip/lwip/src/include'),
  'lwip/tcp.h': at('lwip/lwip/src/include'),
  'soc/emac_dma_struct.h': at('soc/esp32/register'),
};

/** What every component requires, named or not (tools/cmake/build.cmake of IDF, requires_common). */
const always: readonly string[] = [
  'cxx',
  'esp_libc',
  'freertos',
  'esp_hw_support',
  'heap',
  'log',
  'soc',
  'hal',
  'esp_rom',
  'esp_common',
  'esp_system',
  'esp_stdio',
];

/** What a component that can be named brings along, by its public REQUIRES. */
const brings: Record<string, readonly string[]> = { esp_driver_uart: ['esp_hal_uart'] };

/** XS's own, and what the build generates. */
const othersHeaders = new Set(['xsAll.h', 'xsHost.h', 'xsmc.h', 'mc.defines.h', 'engine.h', 'engine-layout.h']);

const componentOf = ({ folder }: Header): string => folder.split('/')[0] as string;

/** Our own headers by name; no two have the same. */
const ours = new Map(
  readdirSync(join(projectRoot, 'src/native'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.h'))
    .map((path) => [basename(path), join(projectRoot, 'src/native', path)]),
);

const includesIn = (text: string): string[] =>
  [...text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)].map(([, name]) => name as string);

/**
 * The headers that are not ours, in the words of the C files, of the headers beside them (IDF's may include those:
 * tap/wifi/esp_wifi_types_native.h) and of the others of ours that they include.
 */
function includesOf(sources: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  const seen = new Set<string>();
  const follow = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const name of includesIn(readFileSync(path, 'utf8'))) {
      const own = ours.get(name);
      if (own) follow(own);
      else if (!othersHeaders.has(name)) found.set(name, path.slice(projectRoot.length + 1));
    }
  };
  sources.forEach(follow);
  const folders = new Set(sources.map((path) => dirname(path)));
  for (const path of ours.values()) if (folders.has(dirname(path))) follow(path);
  return found;
}

/** What is wrong with an include of IDF's; empty where nothing is. */
function problemOf(include: string, named: ReadonlySet<string>): string {
  const long = /^([\w]+)\/include\/(.+)$/.exec(include);
  const header = headers[long?.[2] ?? include];
  if (!header) return "it is not in this test's table";
  const component = componentOf(header);
  if (long && long[1] !== component) return `it is in ${component}`;
  if (!long && !header.found) {
    return `the SDK's makefile does not look in ${header.folder}: write ${component}/include/${include}`;
  }
  const linked = [...always, ...named, ...[...named].flatMap((one) => brings[one] ?? [])];
  if (!linked.includes(component)) return `no manifest of the board names ${component}`;
  return '';
}

describe("what the boards' C includes of ESP-IDF", () => {
  for (const name of boardNames) {
    it(`every header of ESP-IDF's is found and linked for ${name}`, () => {
      const { sources, components } = readBoard(name);
      const includes = includesOf(sources);
      assert.ok(includes.has('freertos/FreeRTOS.h') && includes.size > 8, [...includes.keys()].join());
      const problems = [...includes].flatMap(([include, path]) => {
        const problem = problemOf(include, components);
        return problem === '' ? [] : [`${path}, "${include}": ${problem}`];
      });
      assert.deepEqual(problems, []);
    });
  }

  // The SDK's mcmanifest.js starts an "idf.py add-dependency" for each at once, and they write the same file.
  it("takes one component of IDF's registry at most, which brings the others along", () => {
    for (const name of boardNames) {
      const named = [...readBoard(name).components].filter((component) => component.includes('__'));
      const w5500 = readBoard(name).sources.some((path) => path.endsWith('port-w5500.c'));
      assert.deepEqual(named, w5500 ? ['espressif__w5500'] : [], name);
    }
  });

  it('would be missed where no manifest names its component', () => {
    const { sources, components } = readBoard('esp32c6_w5500');
    for (const gone of ['app_update', 'esp_partition', 'esp_eth', 'espressif__w5500', 'esp_driver_spi']) {
      const left = new Set([...components].filter((component) => component !== gone));
      const problems = [...includesOf(sources).keys()].map((include) => problemOf(include, left));
      assert.ok(problems.includes(`no manifest of the board names ${gone}`), gone);
    }
  });

  it("would be missed where the SDK's makefile does not look", () => {
    assert.match(problemOf('esp_ota_ops.h', new Set(['app_update'])), /write app_update\/include\/esp_ota_ops\.h$/);
    assert.match(problemOf('esp_netif/include/esp_ota_ops.h', new Set(['app_update'])), /it is in app_update/);
    assert.match(problemOf('esp_new.h', new Set()), /not in this test's table/);
  });

  it('is in the table only while somebody includes it', () => {
    const all = boardNames.flatMap((name) => [...includesOf(readBoard(name).sources).keys()]);
    const short = new Set(all.map((name) => name.replace(/^\w+\/include\//, '')));
    assert.deepEqual(
      Object.keys(headers).filter((name) => !short.has(name)),
      [],
    );
  });
});

describe('firmware:compile', () => {
  const [a, b, c] = [join(projectRoot, 'src/native/tap'), '/sdk/xs/includes', '/idf/components/esp_eth/include'];
  const words = [`-I${a}`, `-I${b}`, `-I${c}`];

  it("looks for headers where the SDK's makefile does, and nowhere else in IDF", () => {
    assert.deepEqual(includeFolders(words, { checksOnly: false }, ''), { ours: [a], theirs: [b, c] });
  });

  it("adds a C library for a compiler that has none, and the registry's components from where they were put", () => {
    const drivers = ['w5500', 'wiznet_common'].map((name) => join('/drv', name, 'include'));
    assert.deepEqual(includeFolders(words, { checksOnly: true }, '/drv').theirs, [b, c, LIBC, ...drivers]);
  });
});

const moddable = process.env['MODDABLE'] ?? '';
const idf = process.env['IDF_PATH'] ?? '';

/** Folders below IDF's components that make.esp32.mk puts on the include path of an ESP32. */
function foldersOfMakefile(): Set<string> {
  const text = readFileSync(join(moddable, 'tools/mcconfig/make.esp32.mk'), 'utf8');
  const found = text.matchAll(/^(?:DRIVER_DIRS|INC_DIRS) \+?= ?\\\n((?:.*\\\n)*.*)/gm);
  const lists = [...found].map(([, list]) => list as string).join('\n');
  const paths = [...lists.matchAll(/\$\(IDF_PATH\)\/components(\S*)/g)].map(([, path]) => path as string);
  return new Set(paths.map((path) => path.replace(/^\/|\/$/g, '').replaceAll('$(ESP32_SUBCLASS)', 'esp32')));
}

describeWith(['moddable'], 'the table of headers', () => {
  it("says of each folder what the SDK's makefile does", () => {
    const folders = foldersOfMakefile();
    assert.ok(folders.has('esp_event/include') && folders.has(''), 'components itself, for component/include/x.h');
    for (const [name, { folder, found }] of Object.entries(headers)) {
      if (!folder.startsWith('espressif__')) assert.equal(folders.has(folder), found, name);
    }
  });

  it('says where ESP-IDF has them, and what it links always', function () {
    if (idf === '') this.skip();
    for (const [name, { folder }] of Object.entries(headers)) {
      if (!folder.startsWith('espressif__')) assert.ok(existsSync(join(idf, 'components', folder, name)), name);
    }
    const cmake = readFileSync(join(idf, 'tools/cmake/build.cmake'), 'utf8');
    const lists = [...cmake.matchAll(/set\(requires_common ([^)]*)\)/g)].map(([, names]) => names as string);
    const common = lists.map((names) => names.trim().split(/\s+/));
    assert.deepEqual(
      common.find((names) => names.includes('cxx')),
      always,
    );
    for (const [component, others] of Object.entries(brings)) {
      const register = readFileSync(join(idf, 'components', component, 'CMakeLists.txt'), 'utf8');
      const required = [...register.matchAll(/^\s+REQUIRES (.*)$/gm)].flatMap(([, list]) =>
        (list as string).split(' '),
      );
      for (const other of others) assert.ok(required.includes(other), `${component} requires ${other}`);
    }
  });
});
