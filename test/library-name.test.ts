import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isNativeMember, type LibraryName, nameLibrary, type RepairTool } from "../pipeline/naming/library-name.ts";
import { SEEDED } from "./seed.ts";

/** Rows of a table whose cells are separated by blanks; "-" stands for null. */
function rows(table: string): (string | null)[][] {
  const lines = table.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => line.trim().split(/\s+/)).map((row) => row.map((cell) => (cell === "-" ? null : cell)));
}

/** Compares the named fields only. */
function assertSays(name: LibraryName, expected: { [Field in keyof LibraryName]?: unknown }): void {
  assert.deepEqual(name, { ...name, ...expected });
}

/** One test for each row: the path, and what the other cells say about its name. */
function eachRow(table: string, check: (name: LibraryName, cells: (string | null)[]) => void): void {
  for (const [path, ...cells] of rows(table)) it(String(path), () => check(nameLibrary(String(path)), cells));
}

/** Columns: path, library, file version, repair tool. */
function areSharedLibraries(table: string): void {
  eachRow(table, (name, [library, fileVersion, repairTool]) => {
    const stem = String(library).replace(/\.(?:so|dylib|dll)$/, "");
    assertSays(name, { kind: "shared-library", group: null, library, stem, fileVersion, repairTool });
  });
}

/** Columns: path, module. */
function areExtensionModules(table: string): void {
  eachRow(table, (name, [stem]) => {
    const nothing = { group: null, library: null, hashes: [], fileVersion: null, repairTool: null };
    assertSays(name, { kind: "extension-module", stem, ...nothing });
  });
}

describe("names that auditwheel and its like gave", () => {
  areSharedLibraries(`
    libcrypto-d3570994.so.1.0.2k                            libcrypto.so                 1.0.2k       auditwheel
    libssl-cd1d6220.so.1.0.2k                               libssl.so                    1.0.2k       auditwheel
    libssl-09014658.so.1.0.1e                               libssl.so                    1.0.1e       auditwheel
    libgfortran-040039e1-0352e75f.so.5.0.0                  libgfortran.so               5.0.0        auditwheel
    libSDL2-2-1db8a437.0.so.0.2600.4                        libSDL2-2.0.so               0.2600.4     auditwheel
    libopenblasp-r0-23e5df77.3.21.dev.so                    libopenblasp-r0.3.21.dev.so  -            auditwheel
    libldap_r-2-08547aa4.4.so.2.10.7                        libldap_r-2.4.so             2.10.7       auditwheel
    libm-2-24310d2a.27.so                                   libm-2.27.so                 -            auditwheel
    libcurl-fiona-db24ac30.so.4.7.0                         libcurl-fiona.so             4.7.0        auditwheel
    libpng15-ce838cd1.so.15.13.0                            libpng15.so                  15.13.0      auditwheel
    libgcc_s-0cd532bd-c8f934f9.so.1                         libgcc_s.so                  1            auditwheel
    libcrypto-02bae65c.so.1.1.1k                            libcrypto.so                 1.1.1k       auditwheel
    libcrypto-d03c352e.so.3                                 libcrypto.so                 3            auditwheel
    libgfortran.so.3.0.0.ed201abd                           libgfortran.so               3.0.0        auditwheel
    libRDKitAvalonLib-94315007.so.1                         libRDKitAvalonLib.so         1            auditwheel
    libbezier-98583041.so.2021.2.12                         libbezier.so                 2021.2.12    auditwheel
    libbz2-e34b29ae.so.1.0.6                                libbz2.so                    1.0.6        auditwheel
    libjbig-2504a0c3.so.2.1                                 libjbig.so                   2.1          auditwheel
    libopenjp2-88dcb7ba.so.2.4.0                            libopenjp2.so                2.4.0        auditwheel
    libpng16-748299c7.so.16.34.0                            libpng16.so                  16.34.0      auditwheel
    libjpeg-da649728.so.62.2.0                              libjpeg.so                   62.2.0       auditwheel
    libtiff-5faff81f.so.5.3.0                               libtiff.so                   5.3.0        auditwheel
    libfreetype-29a7443c.so.6.16.1                          libfreetype.so               6.16.1       auditwheel
    liblcms2-2a3d7c52.so.2.0.8                              liblcms2.so                  2.0.8        auditwheel
    libxcb-5ddf6756.so.1.1.0                                libxcb.so                    1.1.0        auditwheel
    libXau-154567c4.so.6.0.0                                libXau.so                    6.0.0        auditwheel
    aerospike.libs/libkeyutils-19c64d08.so.1.5              libkeyutils.so               1.5          auditwheel
    av.libs/libavutil-5809ad29.so.60.26.102                 libavutil.so                 60.26.102    auditwheel
    av.libs/libgmp-8c6c054f.so.10.5.0                       libgmp.so                    10.5.0       auditwheel
    av.libs/libnettle-71a806b4.so.8.11                      libnettle.so                 8.11         auditwheel
    av.libs/libvpl-e4e9cae8.so.2.16                         libvpl.so                    2.16         auditwheel
    casadi/libgfortran-040039e1.so.5.0.0                    libgfortran.so               5.0.0        auditwheel
    gmpy2.libs/libmpfr-bb88ce0c.so.6.2.2                    libmpfr.so                   6.2.2        auditwheel
    h5py.libs/libsz-c6be10dd.so.2.0.1                       libsz.so                     2.0.1        auditwheel
    imagecodecs.libs/libSZ3c-362febd3.so                    libSZ3c.so                   -            auditwheel
    imagecodecs.libs/liblzokay-c-f8c30da9.so                liblzokay-c.so               -            auditwheel
    imagecodecs.libs/libuhdr-235342b6.so.1.4.0              libuhdr.so                   1.4.0        auditwheel
    netcdf4.libs/libhdf5-ba270836.so.310.5.1                libhdf5.so                   310.5.1      auditwheel
    numpy.libs/libopenblas64_p-r0-742d56dc.3.20.so          libopenblas64_p-r0.3.20.so   -            auditwheel
    numpy.libs/libquadmath-96973f99-934c22de.so.0.0.0       libquadmath.so               0.0.0        auditwheel
    numpy.libs/libscipy_openblas64_-99b71e71.so             libscipy_openblas64_.so      -            auditwheel
    libscipy_openblas-6cdc3b4a.so                           libscipy_openblas.so         -            auditwheel
    opencv_python.libs/libopenblasp-r0-59ffcd50.3.15.so     libopenblasp-r0.3.15.so      -            auditwheel
    opencv_python.libs/libQt5Core-8a6fe3b6.so.5.15.19       libQt5Core.so                5.15.19      auditwheel
    psycopg_binary.libs/liblber-a44a5afb.so.2.0.200         liblber.so                   2.0.200      auditwheel
    pygame.libs/libpulsecommon-14-80414fd3.2.so             libpulsecommon-14.2.so       -            auditwheel
    pygame.libs/libdw-0-780627ce.176.so                     libdw-0.176.so               -            auditwheel
    pygame_ce.libs/libharfbuzz-672f7280.so.0.61430.0        libharfbuzz.so               0.61430.0    auditwheel
    pyzmq.libs/libgcc_s-0cd532bd.so.1                       libgcc_s.so                  1            auditwheel
    scikit_learn.libs/libgomp-e985bcbb.so.1.0.0             libgomp.so                   1.0.0        auditwheel
    shapely.libs/libgeos_c-1d5e8202.so.1.20.5               libgeos_c.so                 1.20.5       auditwheel
    libopenvswitch-2-32cde195.17.so.0.0.1                   libopenvswitch-2.17.so       0.0.1        auditwheel
    libusb-1-150b88da.0.so.0.1.0                            libusb-1.0.so                0.1.0        auditwheel
    libSDL2_image-2-0136f530.0.so.0.600.3                   libSDL2_image-2.0.so         0.600.3      auditwheel
    liblber-2-0e5408dc.4.so.2.11.6                          liblber-2.4.so               2.11.6       auditwheel
    libboost_python39-7f4d88bd.so.1.78.0                    libboost_python.so           1.78.0       auditwheel
    libboost_python310-38d6e19e.so.1.78.0                   libboost_python.so           1.78.0       auditwheel
    libcairo-dcaaa09f.so.2.11514.0                          libcairo.so                  2.11514.0    auditwheel
    libproj-d76c87e1.so.25.9.0.1                            libproj.so                   25.9.0.1     auditwheel
    libstdc++-1b005a64.so.6.0.28                            libstdc++.so                 6.0.28       auditwheel
    libX11-xcb-69166bdf.so.1.0.0                            libX11-xcb.so                1.0.0        auditwheel
    libpcre2-16-bca4e6b3.so.0.7.1                           libpcre2-16.so               0.7.1        auditwheel
    libxcb-render-util-43ce00f5.so.0.0.0                    libxcb-render-util.so        0.0.0        auditwheel
    libssl-6b6a3502.so.0.9.8e                               libssl.so                    0.9.8e       auditwheel
    PIL/.libs/libjpeg-82e9a1fb.so.9.3.0                     libjpeg.so                   9.3.0        auditwheel
    .libs_cffi_backend/libffi-1c6807d3.so.6.0.4             libffi.so                    6.0.4        auditwheel
    x-1.0.data/platlib/x.libs/libz-745e0a09.so.1.2.7        libz.so                      1.2.7        auditwheel
    x.libs/_ext-ab12cd34.cpython-311-x86_64-linux-gnu.so    _ext.so                      -            auditwheel
    libjpeg.ceea7512.so.62                                  libjpeg.so                   62           torchvision
    libpng16.7f72a3c5.so.16                                 libpng16.so                  16           torchvision
    libz.e3d3156c.so.1                                      libz.so                      1            torchvision
    libcudart.782fcab0.so.11.0                              libcudart.so                 11.0         torchvision
    libnvjpeg.9b083ad7.so.11                                libnvjpeg.so                 11           torchvision
    torchvision.libs/libsharpyuv.64944e6b.so.0              libsharpyuv.so               0            torchvision
    torchvision.libs/libjpeg.67fb65bd.so.8                  libjpeg.so                   8            torchvision
    torch/lib/libgomp-a34b3233.so.1                         libgomp.so                   1            pytorch
    torch/lib/libcudart-d0da41ae.so.11.0                    libcudart.so                 11.0         pytorch
    libstd-0123456789abcdef.so                              libstd.so                    -            -
    libstd-f3a8d2c1b0e97654.dylib                           libstd.dylib                 -            -
  `);
});

describe("names that delvewheel gave, and other DLLs", () => {
  areSharedLibraries(`
    numpy/.libs/libopenblas.WCDJNK7YVMPZQ2ME2ZZHJJRJ3JIKNDB7.gfortran-win_amd64.dll  libopenblas.dll  -  -
    scipy/.libs/lib_arpack-.NW67EB4ZQEZ6VVQKOT4QWMHKXUHJ2PHD.gfortran-win32.dll  lib_arpack-.dll  -  -
    libscipy_openblas64_-327b2e0bcffce2882e0dc04cdeb4eaa6.dll  libscipy_openblas64_.dll   -      delvewheel
    msvcp140-a4c2229bdc2a2a630acdc095b4d86008.dll           msvcp140.dll                 -        delvewheel
    pyproj.libs/msvcp140-7c26614e1d733892c2deac7e245ce115.dll  msvcp140.dll              -        delvewheel
    libcrypto-3-x64-2e8f488bea4cd837057b41d4992de8ca.dll    libcrypto-3-x64.dll          -        delvewheel
    libssl-3-x64-8bdff9de64d0410f647db8de56f622ad.dll       libssl-3-x64.dll             -        delvewheel
    libssl-1_1-x64-6eff837d39d223eda6f771da4d21a3a4.dll     libssl-1_1-x64.dll           -        delvewheel
    vcruntime140_1-4cbfd8945cd8f5ba3eda107e3073450f.dll     vcruntime140_1.dll           -        delvewheel
    concrt140-230ba06f897497425888f25e74156288.dll          concrt140.dll                -        delvewheel
    av.libs/avcodec-63-2756d4fffb772585dcdece87427716a4.dll avcodec-63.dll               -        delvewheel
    av.libs/libSvtAv1Enc-7a2b2046575991edd70ef501ca085458.dll  libsvtav1enc.dll          -        delvewheel
    av.libs/libgcc_s_seh-1-3e3b83c1f8de213bb810010a5622b180.dll  libgcc_s_seh-1.dll      -        delvewheel
    av.libs/libx264-165-0f71f37cf3f3ee0e2ecac2b06829e9ff.dll  libx264-165.dll            -        delvewheel
    jpeg62-971fedc88cb0e86c3ad978ae1b7646db.dll             jpeg62.dll                   -        delvewheel
    icudt78-18dd8e1881c5d378de868f8f2c2309d9.dll            icudt78.dll                  -        delvewheel
    iconv-2-982517b25e6d313377e03ae35d6a5e79.dll            iconv-2.dll                  -        delvewheel
    psl-5-425501677e4dfd6bb21ed49337032ba8.dll              psl-5.dll                    -        delvewheel
    freexl-1-06647d016a7e7e8f1c663ac80b3ddf7b.dll           freexl-1.dll                 -        delvewheel
    zlib-ng2-f57947fffdf36cbecc829a61001247e1.dll           zlib-ng2.dll                 -        delvewheel
    pixman-1-0-1b2714e9efd4165dff14038694930d81.dll         pixman-1-0.dll               -        delvewheel
    pcre2-8-4dfa54ee0018a183962bd77d6b03179c.dll            pcre2-8.dll                  -        delvewheel
    Lerc-492e4b00881c4d5977d89b14acc06da9.dll               lerc.dll                     -        delvewheel
    boost_python310-b4e991b2e0bdb1061b238a3a58e3173c.dll    boost_python.dll             -        delvewheel
    libopenblas_v0.3.20-571-g3dec11c6-gcc_10_3_0-c2315440d6b6cef5037bad648efc8c59.dll  libopenblas_v0.3.20-571-g3dec11c6-gcc_10_3_0.dll  -  delvewheel
    libzmq-v141-mt-4_3_4-0a6f51ca.dll                       libzmq.dll                   4.3.4    delvewheel
    libzmq-v141-mt-4_3_4-809e0775.dll                       libzmq.dll                   4.3.4    delvewheel
    libsodium-ac42d648.dll                                  libsodium.dll                -        delvewheel
    bezier-2a44d276.dll                                     bezier.dll                   -        delvewheel
    boost_python39-vc142-mt-x64-1_78.dll                    boost_python.dll             1.78     -
    boost_regex-vc142-mt-x64-1_70.dll                       boost_regex.dll              1.70     -
    msvcp140.dll                                            msvcp140.dll                 -        -
    MSVCP140_codecvt_ids.DLL                                msvcp140_codecvt_ids.dll     -        -
    API-MS-Win-core-xstate-l2-1-0.dll                       api-ms-win-core-xstate-l2-1-0.dll  -  -
    mkl_core.2.dll                                          mkl_core.dll                 2        -
    mkl_avx2.2.dll                                          mkl_avx2.dll                 2        -
    onedal_thread.1.dll                                     onedal_thread.dll            1        -
    vtkCommonCore-9.2.dll                                   vtkcommoncore-9.2.dll        -        -
    vtkWrappingPythonCore3.10-9.2.dll                       vtkwrappingpythoncore-9.2.dll  -      -
    x-2.1.dll                                               x-2.1.dll                    -        -
    libusb-1.0.dll                                          libusb-1.0.dll               -        -
    libglib-2.0-0.dll                                       libglib-2.0-0.dll            -        -
    libhunspell-1.6-0.dll                                   libhunspell-1.6-0.dll        -        -
    libpng16-16.dll                                         libpng16-16.dll              -        -
    spatialindex_c-64.dll                                   spatialindex_c-64.dll        -        -
    cublasLt64_11.dll                                       cublaslt64_11.dll            -        -
    nvrtc-builtins64_118.dll                                nvrtc-builtins64_118.dll     -        -
    opencv_videoio_ffmpeg480_64.dll                         opencv_videoio_ffmpeg480_64.dll  -    -
    wxbase32u_net_vc140.dll                                 wxbase32u_net_vc140.dll      -        -
    libopenblas64__v0.3.23-gcc_10_3_0.dll                   libopenblas64__v0.3.23-gcc_10_3_0.dll  -  -
    xlwings64-0.30.10.dll                                   xlwings64-0.30.10.dll        -        -
    mscordaccore_amd64_amd64_4.700.22.11601.dll             mscordaccore_amd64_amd64_4.700.22.11601.dll  -  -
    omptarget.rtl.level0.dll                                omptarget.rtl.level0.dll     -        -
    shiboken6.abi3.dll                                      shiboken6.dll                -        -
    pyside6qml.pypy39-pp73-win_amd64.dll                    pyside6qml.dll               -        -
    libstdc++-6.dll                                         libstdc++-6.dll              -        -
    qpdf29.dll                                              qpdf29.dll                   -        -
    Microsoft.CognitiveServices.Speech.core.dll             microsoft.cognitiveservices.speech.core.dll  -  -
    openvino_intel_cpu_plugin.dll                           openvino_intel_cpu_plugin.dll  -      -
    h5py/hdf5_hl.dll                                        hdf5_hl.dll                  -        -
    h5py/z.dll                                              z.dll                        -        -
    netCDF4/plugins/__nch5blosc.dll                         __nch5blosc.dll              -        -
    _soundfile_data/libsndfile_x64.dll                      libsndfile_x64.dll           -        -
    tables.libs/libblosc2.dll                               libblosc2.dll                -        -
    x-1.0.data/platlib/vcruntime140.dll                     vcruntime140.dll             -        -
  `);
});

describe("names that delocate left as they were, and other dylibs", () => {
  areSharedLibraries(`
    libz.1.3.1.zlib-ng.dylib                        libz.dylib                  1.3.1.zlib-ng   -
    libgcc_s.1.1.dylib                              libgcc_s.dylib              1.1             -
    libglib-2.0.0.dylib                             libglib-2.0.dylib           0               -
    PIL/.dylibs/libjpeg.62.4.0.dylib                libjpeg.dylib               62.4.0          delocate
    PIL/.dylibs/libfreetype.6.dylib                 libfreetype.dylib           6               delocate
    cv2/.dylibs/libOpenEXR-3_3.32.3.3.4.dylib       libOpenEXR-3_3.dylib        32.3.3.4        delocate
    cv2/.dylibs/libImath-3_1.29.11.0.dylib          libImath-3_1.dylib          29.11.0         delocate
    cv2/.dylibs/libSDL2-2.0.0.dylib                 libSDL2-2.0.dylib           0               delocate
    cv2/.dylibs/libpcre2-8.0.dylib                  libpcre2-8.dylib            0               delocate
    cv2/.dylibs/libxcb-shm.0.0.0.dylib              libxcb-shm.dylib            0.0.0           delocate
    cv2/.dylibs/libopencore-amrnb.0.dylib           libopencore-amrnb.dylib     0               delocate
    cv2/.dylibs/libSvtAv1Enc.3.0.2.dylib            libSvtAv1Enc.dylib          3.0.2           delocate
    cv2/.dylibs/libjxl.0.11.1.dylib                 libjxl.dylib                0.11.1          delocate
    av/.dylibs/libavcodec.63.1.102.dylib            libavcodec.dylib            63.1.102        delocate
    h5py/.dylibs/libhdf5.320.0.0.dylib              libhdf5.dylib               320.0.0         delocate
    netCDF4/.dylibs/libc++.1.0.dylib                libc++.dylib                1.0             delocate
    netCDF4/.dylibs/libicudata.78.1.dylib           libicudata.dylib            78.1            delocate
    netCDF4/.dylibs/libkrb5support.1.1.dylib        libkrb5support.dylib        1.1             delocate
    numpy/.dylibs/libscipy_openblas64_.dylib        libscipy_openblas64_.dylib  -               delocate
    pyproj/.dylibs/libproj.25.9.8.1.dylib           libproj.dylib               25.9.8.1        delocate
    shapely/.dylibs/libgeos_c.1.20.5.dylib          libgeos_c.dylib             1.20.5          delocate
    torchvision/.dylibs/libwebp.7.2.0.dylib         libwebp.dylib               7.2.0           delocate
    rasterio/.dylibs/libgdal.38.3.12.4.dylib        libgdal.dylib               38.3.12.4       delocate
    pyarrow/libarrow_compute.2500.dylib             libarrow_compute.dylib      2500            -
    llvmlite/binding/libllvmlite.dylib              libllvmlite.dylib           -               -
    mysql/vendor/libcrypto.3.dylib                  libcrypto.dylib             3               -
    mysql/vendor/plugin/libfido2.1.15.0.dylib       libfido2.dylib              1.15.0          -
    _soundfile_data/libsndfile_arm64.dylib          libsndfile_arm64.dylib      -               -
    PySide6/libpyside6.abi3.6.5.dylib               libpyside6.dylib            6.5             -
    vtkmodules/.dylibs/libvtkCommonCore-9.2.1.dylib libvtkCommonCore-9.2.dylib  1               delocate
    x/libshiboken6.abi3.dylib                       libshiboken6.dylib          -               -
    libldap_r-2.4.2.dylib                           libldap_r-2.4.dylib         2               -
    libpixman-1.0.42.2.dylib                        libpixman-1.dylib           0.42.2          -
    libml_dtypes.so.dylib                           libml_dtypes.dylib          -               -
    x.dylibs/libbar-ef56ab78.dylib                  libbar.dylib                -               maturin
    x.dylibs/libbar-ef56ab78.1.dylib                libbar.dylib                1               maturin
  `);
});

describe("dylibs whose names end in the number of an interface", () => {
  areSharedLibraries(`
    liborc-0.4.0.dylib                              liborc-0.4.dylib            0               -
    libjson-glib-1.0.0.dylib                        libjson-glib-1.0.dylib      0               -
    libgraphene-1.0.0.dylib                         libgraphene-1.0.dylib       0               -
    libsoup-3.0.0.dylib                             libsoup-3.0.dylib           0               -
    libgirepository-1.0.1.dylib                     libgirepository-1.0.dylib   1               -
    x.dylibs/liborc-0-ab12cd34.4.0.dylib            liborc-0.4.dylib            0               maturin
    libxerces-c-3.2.dylib                           libxerces-c-3.2.dylib       -               -
    libvtkCommonCore-9.2.9.2.1.dylib                libvtkCommonCore-9.2.dylib  9.2.1           -
    libpcre2-16.0.dylib                             libpcre2-16.dylib           0               -
    libspatialindex-64.6.dylib                      libspatialindex-64.dylib    6               -
    libgtk-3.0.dylib                                libgtk-3.dylib              0               -
    shapely/.dylibs/libgeos-3.4.2.dylib             libgeos-3.4.2.dylib         -               delocate
    libopenblas_skylakexp-r0.3.21.dylib             libopenblas_skylakexp-r0.3.21.dylib  -      -
    libfoo.dylib.1.2                                libfoo.dylib                1.2             -
  `);
});

describe("Mach-O libraries without a suffix", () => {
  areSharedLibraries(`
    sdl2dll/dll/SDL2.framework/Versions/A/SDL2                   SDL2        A     -
    PyQt6/Qt6/lib/QtCore.framework/Versions/A/QtCore             QtCore      A     -
    PyQt5/Qt5/lib/QtCore.framework/Versions/5/QtCore             QtCore      5     -
    PyQt5/Qt5/lib/QtCore.framework/Versions/5/QtCore_debug       QtCore      5     -
    PyQt5/Qt5/lib/QtCore.framework/Versions/Current/QtCore       QtCore      -     -
    cv2/.dylibs/QtCore                                           QtCore      -     delocate
    x/Frameworks/ios.xcframework/ios-arm64/Foo.framework/Foo     Foo         -     -
    SDL2_image.framework/Versions/A/Frameworks/webp.framework/Versions/A/webp  webp  A  -
  `);

  it("must be named like their framework, and lie in its own folder", () => {
    for (const path of ["QtCore.framework/Versions/A/Resources", "QtCore.framework/Helpers/QtCore", "x/QtCore"])
      assert.equal(isNativeMember(path), false, path);
  });
});

describe("libraries that nobody renamed", () => {
  areSharedLibraries(`
    libm-2.27.so                                            libm-2.27.so           -        -
    libshiboken6.abi3.so.6.5                                libshiboken6.so        6.5      -
    libshiboken6.pypy39-pp73-x86_64-linux-gnu.so.6.5        libshiboken6.so        6.5      -
    libpyside2-python2.7.so.5.15                            libpyside2.so          5.15     -
    libboost_python39.so.1.78.0                             libboost_python.so     1.78.0   -
    libgcc_s-8-20210514.so.1                                libgcc_s.so            1        -
    libbfloat16.so.so                                       libbfloat16.so         -        -
    libxprl.so.x9.1                                         libxprl.so             x9.1     -
    libtbbbind_2_5.so.3.9                                   libtbbbind_2_5.so      3.9      -
    libz.so.1.3.1.zlib-ng                                   libz.so                1.3.1.zlib-ng  -
    LIBZ.SO.1                                               LIBZ.so                1        -
    PySide6/Qt/lib/libQt6Core.so.6                          libQt6Core.so          6        -
    PySide6/Qt/lib/libicui18n.so.73                         libicui18n.so          73       -
    nvidia/cuda_runtime/lib/libcudart.so.12                 libcudart.so           12       -
    nvidia/cublas/lib/libcublasLt.so.12                     libcublasLt.so         12       -
    nvidia/cu13/lib/libcufile_rdma.so.1                     libcufile_rdma.so      1        -
    nvidia/nvshmem/lib/nvshmem_transport_ucx.so.3           nvshmem_transport_ucx.so  3     -
    triton/plugins/libMLIRDialectPlugin.so.23.0git          libMLIRDialectPlugin.so  23.0git  -
    triton/backends/nvidia/lib/cupti/libcupti.so.2025.1.1   libcupti.so            2025.1.1 -
    cmeel.prefix/lib/libassimp.so.6.0.5                     libassimp.so           6.0.5    -
    cmeel.prefix/lib64/libz.so                              libz.so                -        -
    casadi/libcasadi_nlpsol_ipopt.so.3.7                    libcasadi_nlpsol_ipopt.so  3.7  -
    mysql/vendor/private/libgssapi_krb5.so.2                libgssapi_krb5.so      2        -
    mysql/vendor/private/libgssapi_krb5.so.2.2              libgssapi_krb5.so      2.2      -
    mysql/vendor/private/sasl2/libplain.so.3.0.0            libplain.so            3.0.0    -
    mujoco/plugin/libsdf_plugin.so                          libsdf_plugin.so       -        -
    mysql/vendor/plugin/libcrypto.3.dylib                   libcrypto.dylib        3        -
    wasmtime/linux-x86_64/_libwasmtime.so                   _libwasmtime.so        -        -
    cocotb/libs/libgpi.so                                   libgpi.so              -        -
    lightgbm/lib/lib_lightgbm.so                            lib_lightgbm.so        -        -
    libtorch_python.so                                      libtorch_python.so     -        -
    vtkmodules/libvtkWrappingPythonCore3.11.so              libvtkWrappingPythonCore.so  -  -
    x/.libs/plugin.so                                       plugin.so              -        -
    pypemicro/libs/Linux/unitacmp-64.so                     unitacmp-64.so         -        -
    x/linux.x86_64.so                                       linux.x86_64.so        -        -
    intel_opencl_rt-2024.data/data/lib/__ocl_svml_l9.so     __ocl_svml_l9.so       -        -
    x-1.0.data/scripts/plugin.so                            plugin.so              -        -
    .libsfoo/plugin.so                                      plugin.so              -        -
    libboost_filesystem-gcc11-mt-x64-1_78.so.1.78.0         libboost_filesystem.so 1.78.0   -
    libboost_system-xgcc42-1_60.dylib                       libboost_system.dylib  1.60     -
    libboost_thread-clang-darwin14-mt-a64-1_82.dylib        libboost_thread.dylib  1.82     -
    libgeos--no-undefined-fab82081.so                       libgeos--no-undefined.so  -     auditwheel
  `);
});

describe("extension modules", () => {
  areExtensionModules(`
    _multiarray_umath.cpython-313t-x86_64-linux-gnu.so           _multiarray_umath
    numpy/_core/_simd.cpython-312-darwin.so                      _simd
    a/b.cpython-37m-x86_64-linux-gnu.so                          b
    a/b.cpython-312d-x86_64-linux-gnu.so                         b
    a/b.cpython-314-aarch64-linux-android.so                     b
    a/b.cpython-313-iphoneos.so                                  b
    a/b.cpython-311-wasm32-emscripten.so                         b
    a/b.cpython-311-x86_64-linux-musl.so                         b
    _C.abi3t.so                                                  _C
    PySide6/QtCore.abi3.so                                       QtCore
    x.cp313t-win_arm64.pyd                                       x
    interpreter.cp310-win32.pyd                                  interpreter
    shapely/lib.cp312-win_amd64.pyd                              lib
    shapely/lib.cpython-311-x86_64-linux-gnu.so                  lib
    _SHA512.pypy-73.pyd                                          _SHA512
    a/b.pypy310-pp73-win_amd64.pyd                               b
    a/b.pypy39-pp73-x86_64-linux-gnu.so                          b
    a/b.pypy39-pp73-darwin.so                                    b
    a.graalpy-38-native-x86_64-darwin.dylib                      a
    a.graalpy231-310-native-x86_64-linux.so                      a
    26051150be1624671934__mypyc.cp310-win_amd64.pyd              26051150be1624671934__mypyc
    mpi4py/MPI.mpich.cpython-311-x86_64-linux-gnu.so             MPI.mpich
    libflashlight-text.cpython-311-x86_64-linux-gnu.so           libflashlight-text
    x/foo.cpython-39-x86_64-cygwin.dll                           foo
    coremltools/libmilstoragepython.so                           libmilstoragepython
    coremltools/libmodelpackage.so                               libmodelpackage
    cv2/cv2.pyd                                                  cv2
    CV2.PYD                                                      CV2
    cryptography/hazmat/bindings/_rust.pyd                       _rust
    torchvision/_C_stable.so                                     _C_stable
    torchvision/image.so                                         image
    jaxlib/cpu/_lapack.so                                        _lapack
    triton/_C/libtriton.so                                       libtriton
    x-1.0.data/purelib/_yaml.so                                  _yaml
    x/lib/python3.9/site-packages/yaml/_yaml.so                  _yaml
    x/python3.9/lib-dynload/_ssl.so                              _ssl
    x-1.0.data/data/lib/python3/site-packages/y/_y.so            _y
  `);
});

describe("recognized groups", () => {
  const table = `
    System.Runtime.dll                                                 managed-assembly  system.runtime
    System.dll                                                         managed-assembly  system
    Microsoft.ML.OnnxRuntime.dll                                       managed-assembly  microsoft.ml.onnxruntime
    mscorlib.dll                                                       managed-assembly  mscorlib
    netstandard.dll                                                    managed-assembly  netstandard
    WindowsBase.dll                                                    managed-assembly  windowsbase
    TensorFlow.NET.dll                                                 managed-assembly  tensorflow.net
    qwindows.dll                                                       qt-plugin         qwindows
    qtquickcontrols2plugin.dll                                         qt-plugin         qtquickcontrols2plugin
    declarative_multimedia.dll                                         qt-plugin         declarative_multimedia
    cv2/qt/plugins/platforms/libqxcb.so                                qt-plugin         libqxcb
    PySide6/plugins/tls/qopensslbackend.dll                            qt-plugin         qopensslbackend
    PyQt6/Qt6/plugins/platforms/libqcocoa.dylib                        qt-plugin         libqcocoa
    PySide6/Qt/plugins/designer/libPySidePlugin.so                     qt-plugin         libPySidePlugin
    PySide6/Qt/qml/QtQuick/libqtquick2plugin.so                        qt-plugin         libqtquick2plugin
    mysql/vendor/plugin/authentication_ldap_sasl_client.so             plugin            authentication_ldap_sasl_client
    apsw/sqlite_extra_binaries/amatch.so                               plugin            amatch
    tensorflow/compiler/tf2xla/ops/_xla_ops.so                         plugin            _xla_ops
    attach_amd64.dll                                                   debugger-payload  attach_amd64
    run_code_on_dllmain_x86.dll                                        debugger-payload  run_code_on_dllmain_x86
    debugpy/_vendored/pydevd/pydevd_attach_to_process/attach.dylib     debugger-payload  attach
    debugpy/_vendored/pydevd/pydevd_attach_to_process/attach_linux_amd64.so  debugger-payload  attach_linux_amd64
    python36.dll                                                       interpreter       python36
    python3.dll                                                        interpreter       python3
    x/libpython3.11.so.1.0                                             interpreter       libpython3.11
    x.libs/libpython3-1a2b3c4d.11.so.1.0                               interpreter       libpython3.11
    x/.dylibs/libpython3.12.dylib                                      interpreter       libpython3.12
    netdem/.dylibs/Python                                              interpreter       Python
    x/Python.framework/Versions/3.13/Python                            interpreter       Python
    x/PythonT.framework/PythonT                                        interpreter       PythonT
    x/libpypy3.9-c.dylib                                               interpreter       libpypy3.9-c
    playwright/driver/package/bin/better_sqlite3.node                  node-addon        better_sqlite3
    pywin32_system32/pywintypes311.dll                                 pywin32           pywintypes
    pythoncom39.dll                                                    pywin32           pythoncom
  `;
  eachRow(table, (name, [group, stem]) => {
    assertSays(name, { kind: "other", group, stem, evidence: "recognized group" });
  });
});

describe("archives and what is no library", () => {
  const table = `
    libvtkm_lodepng-9.2.a                                static-library   libvtkm_lodepng-9.2.a
    numpy/_core/lib/libnpymath.a                         static-library   libnpymath.a
    System.Net.Http.Native.a                             static-library   System.Net.Http.Native.a
    nvidia/cu13/lib/libcudart_static.a                   static-library   libcudart_static.a
    scipy/linalg/_fblas.cp311-win_amd64.dll.a            import-library   _fblas.dll.a
    numpy/_core/_simd.cp312-win32.lib                    import-library   _simd.lib
    numpy/_core/lib/NPYMATH.lib                          import-library   npymath.lib
    libs/python311.lib                                   import-library   python311.lib
    casadi/libCbc.la                                     other            -
    libEGL.so.TOC                                        other            -
    libzenroom.so.symbols                                other            -
    native_engine.so.metadata                            other            -
    x/libfoo.so.1.debug                                  other            -
    x/readme.txt                                         other            -
    x/.pyd                                               other            -
  `;
  eachRow(table, (name, [kind, library]) => {
    const suffix = /\.(?:dll\.a|lib|a)$/;
    const stem = library === null || library === undefined ? name.stem : library.replace(suffix, "");
    assertSays(name, { kind, library, stem, group: null, fileVersion: null, repairTool: null });
  });
});

describe("what the wheel says", () => {
  const table = `
    x.libs/libfoo-ab12cd34.so.1                                maturin      maturin
    x.libs/libfoo-ab12cd34.so.1                                auditwheel   auditwheel
    x.libs/libfoo-ab12cd34.so.1                                delvewheel   auditwheel
    x.libs/foo-ab12cd34.dll                                    -            delvewheel
    x.libs/foo-ab12cd34.dll                                    maturin      maturin
    x.libs/foo-327b2e0bcffce2882e0dc04cdeb4eaa6.dll            maturin      delvewheel
    x.dylibs/libfoo-ab12cd34.dylib                             delocate     maturin
    x/.dylibs/libfoo.1.dylib                                   maturin      delocate
    x.libs/libfoo.ab12cd34.so.1                                auditwheel   torchvision
    netcdf4.libs/lz4.dll                                       delvewheel   delvewheel
    netcdf4.libs/lz4.dll                                       -            -
    x/lz4.dll                                                  delvewheel   -
    x/libfoo.so.1                                              auditwheel   -
  `;
  for (const [path, said, repairTool] of rows(table)) {
    it(`${path}, ${said ?? "nothing"} said`, () => {
      assert.equal(nameLibrary(String(path), { repairTool: said as RepairTool | null }).repairTool, repairTool);
    });
  }
});

describe("which digits are hashes", () => {
  const table = `
    libssl-09014658.so.1.0.1e                          -           09014658
    x.libs/libssl-09014658.so.1.0.1e                   -           09014658
    x/.dylibs/libssl-09014658.dylib                    -           09014658
    x-1.0.data/platlib/libssl-09014658.so.1.0.1e       -           09014658
    torch/lib/libgomp-09014658.so.1                    -           09014658
    x/lib/libssl-09014658.so.1.0.1e                    -           -
    x/lib/libssl-09014658.so.1.0.1e                    auditwheel  09014658
    x/lib/libgfortran-91cc3cb1-09014658.so.3           -           91cc3cb1,09014658
    libgcc_s-8-20210514.so.1                           -           -
    x/lib/libgcc_s-8-20210514.so.1                     auditwheel  -
    x.libs/libgcc_s-8-20210514-0cd532bd.so.1           -           0cd532bd
    x.libs/libgcc_s-8-20210514-09014658.so.1           -           09014658
    x.libs/libfoo-20210514.so.1                        -           20210514
    torchvision.libs/libz.09014658.so.1                -           09014658
    x/libz.09014658.so.1                               -           -
    libabsl_base.so.20210514                           -           -
    libgfortran-040039e1-0352e75f.so.5.0.0             -           040039e1,0352e75f
    libopenblas.WCDJNK7YVMPZQ2ME2ZZHJJRJ3JIKNDB7.gfortran-win_amd64.dll  -  wcdjnk7yvmpzq2me2zzhjjrj3jikndb7
    libopenblasp-r0-23e5df77.3.21.dev.so               -           23e5df77
    libgfortran.so.3.0.0.ed201abd                      -           ed201abd
    mkl_core.2-abcdefabcdefabcdefabcdefabcdef01.dll    -           abcdefabcdefabcdefabcdefabcdef01
    mkl_core-abcdef01.2.dll                            maturin     abcdef01
    libopenblas_v0.3.20-571-g3dec11c6-gcc_10_3_0.dll   -           -
  `;
  for (const [path, said, hashes] of rows(table)) {
    it(`${path}, ${said ?? "nothing"} said`, () => {
      const name = nameLibrary(String(path), { repairTool: said as RepairTool | null });
      assert.deepEqual(name.hashes, hashes?.split(",") ?? []);
      assert.notEqual(name.kind, "extension-module");
    });
  }

  it("may stand twice: the version has the digits of the hash by chance", () => {
    const expected = { library: "lib.so", hashes: ["20210514"], fileVersion: "20210514", repairTool: "torchvision" };
    assertSays(nameLibrary("lib.libs/lib.20210514.so.20210514"), expected);
  });

  it("leaves Red Hat's libgcc_s its one name, repaired or not", () => {
    for (const folder of ["", "x/lib/", "x.libs/"]) {
      for (const hash of ["", "-0cd532bd"]) {
        const path = `${folder}libgcc_s-8-20210514${hash}.so.1`;
        assert.equal(nameLibrary(path).library, "libgcc_s.so", path);
      }
    }
  });
});

describe("programs", () => {
  const table = `
    pip/_vendor/distlib/t64-arm.exe            t64-arm       launcher  program's_suffix
    setuptools/cli-32.exe                      cli-32        launcher  program's_suffix
    setuptools/gui-arm64.exe                   gui-arm64     launcher  program's_suffix
    imageio_ffmpeg/binaries/FFmpeg-win64.exe   ffmpeg-win64  -         program's_suffix
    x/python.exe                               python        -         program's_suffix
    ruff-0.16.9.data/scripts/ruff              ruff          -         executable_by_place,_mode_or_size
  `;
  eachRow(table, (name, [stem, group, evidence]) => {
    assertSays(name, { kind: "executable", stem, group, library: null, evidence: evidence!.replaceAll("_", " ") });
  });

  it("are told by mode and size where the name says nothing", () => {
    const named = (path: string, program: boolean) => nameLibrary(path, { repairTool: null, program });
    assertSays(named("playwright/driver/node", true), { kind: "executable", stem: "node" });
    assertSays(named("playwright/driver/node", false), { kind: "other", evidence: "no native suffix" });
    assertSays(named("x.libs/libz-1a2b3c4d.so.1", true), { kind: "shared-library", library: "libz.so" });
    assertSays(named("x/core.cpython-311-darwin.so", true), { kind: "extension-module" });
  });
});

describe("what is no native code", () => {
  const paths = `
    a/.dylibs/._libz.1.dylib
    __MACOSX/a/.dylibs/._libz.1.dylib
    a/._x.cpython-311-darwin.so
    a/._tool.exe
    d/libpyo3_backtrace_repro.dylib.dSYM/Contents/Resources/DWARF/libpyo3_backtrace_repro.dylib
    PyObjCTest/_c.cpython-311-darwin.so.dSYM/Contents/Resources/DWARF/_c.cpython-311-darwin.so
    x/.debug/libz.so.1
    x/libz.so.1.debug
    x/libz.so.license
    x/libz.dylib.license
    x/libstdc++.so.6.0.30-gdb.py
    x/_c.so.py
    x/libz.so.1.sha256
    kaleido/libEGL.so.TOC
    x/.dylibs/LICENSE
    x-1.0.data/scripts/tool.py
    x-1.0.data/scripts/tool.PS1
    x/web/client.wasm
    x/lib/libdevice.10.bc
    x/include/cuda/std/algorithm
    x/model.onnx
  `;
  for (const path of paths.trim().split(/\s+/)) {
    it(path, () => {
      assertSays(nameLibrary(path, { repairTool: null, program: true }), { kind: "other", group: null, library: null });
      assert.equal(isNativeMember(path, { repairTool: null, program: true }), false);
    });
  }
});

describe("native members", () => {
  const native =
    "a.so a.so.1 a.pyd a.dll A.DLL a.dylib a.dylib.1 a.a a.lib a.la a.dll.a b.so/a.SO.1.2 a.exe a.node A.framework/A";
  const notNative =
    "a.so/ a.so.d/ a.so.d/readme.txt a.soname a.py so a.so. a.pyc a.dlls a.dylib.dSYM .so b/.a b/a.so.TOC A.framework/B";
  for (const path of native.split(" ")) it(`${path} is one`, () => assert.equal(isNativeMember(path), true));
  for (const path of notNative.split(" ")) it(`${path} is none`, () => assert.equal(isNativeMember(path), false));
});

describe("any name", () => {
  const part = fc.constantFrom(
    "lib",
    "so",
    "dylib",
    "dll",
    "a",
    "la",
    "1",
    "20210514",
    "ab12cd34",
    "09014658",
    "abi3",
    "x",
  );
  const glue = fc.constantFrom(".", "-", "/", "_", "", "\n", "-mt", ".libs/", ".data/platlib/");
  const path = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.array(fc.tuple(part, glue), { maxLength: 12 }).map((pairs) => pairs.flat().join("")),
  );
  const repairTool = fc.constantFrom(null, "auditwheel", "delvewheel", "delocate", "maturin", "pytorch", "torchvision");

  it("gets an answer, the same each time, and nothing in it is both a hash and the end of the version", () => {
    fc.assert(
      fc.property(path, repairTool, (path, repairTool) => {
        const wheel = Object.freeze({ repairTool });
        const name = nameLibrary(path, wheel);
        assert.deepEqual(nameLibrary(path, wheel), name);
        for (const hash of name.hashes) {
          const told =
            name.hashes.filter((other) => other === hash).length + Number(!!name.fileVersion?.endsWith(hash));
          assert.ok(path.toLowerCase().split(hash).length > told, hash);
        }
        assert.equal(name.library !== null && !name.library.startsWith(name.stem), false);
        if (name.kind !== "other" && name.kind !== "executable") assert.equal(name.group, null);
        if (!isNativeMember(path, wheel)) assert.deepEqual([name.kind, name.library], ["other", null]);
      }),
      { ...SEEDED, numRuns: 5000 },
    );
  });

  it("is the same library with and without a hash", () => {
    const name = fc.constantFrom(
      "libssl",
      "libldap_r-2.4",
      "libm-2.27",
      "libopenblasp-r0.3.21.dev",
      "libSDL2-2.0",
      "jpeg62",
    );
    const version = fc.constantFrom("", ".1", ".1.0.2k", ".0.2600.4");
    const hash = fc.stringMatching(/^[0-9a-f]{8}$/);
    fc.assert(
      fc.property(name, version, hash, (name, version, hash) => {
        const path = `x.libs/${name}.so${version}`;
        const repaired = path.replace(/^(x\.libs\/[^.]*)/, `$1-${hash}`);
        const { library, stem, fileVersion } = nameLibrary(path);
        const hashes = [hash];
        assertSays(nameLibrary(repaired), {
          library,
          stem,
          fileVersion,
          hashes,
          repairTool: "auditwheel",
        });
      }),
      SEEDED,
    );
  });
});
