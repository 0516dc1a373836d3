// Fonts as they are sent: only the weights that the styles ask for.
import subsetFont from 'subset-font';
import type { Plugin } from 'vite';

/** The styles use 400 to 700. */
const WEIGHTS = { min: 400, max: 700 };

/** Latin with its accents, and the signs that pages write. */
const SIGNS = '–—‘’“”„†•…‰‹›€™←↑→↓−≠≤≥';
const letters = Array.from({ length: 0x180 - 0x20 }, (_, at) => String.fromCodePoint(0x20 + at)).join('') + SIGNS;

export function slimFonts(): Plugin {
  return {
    name: 'slim-fonts',
    apply: 'build',
    async generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== 'asset' || !file.fileName.endsWith('.woff2')) continue;
        const whole = Buffer.from(file.source);
        file.source = await subsetFont(whole, letters, { targetFormat: 'woff2', variationAxes: { wght: WEIGHTS } });
      }
    },
  };
}
