// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

import Foundation
import PackagePlugin

/// Compiles the sensor's programs for the kernel's virtual machine, with the toolchain's own clang, and puts the object into
/// the target as a text in base64: SwiftPM takes generated Swift alone, and an array of so many numbers compiles for long.
@main
struct KernelPrograms: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) async throws -> [Command] {
        let folder = context.package.directoryURL.appending(path: "Sources/CLibraries/CSensor")
        let source = folder.appending(path: "sensor.bpf.c")
        let script = folder.appending(path: "embed.sh")
        let headers = ["sensor_kernel.h", "include/sensor_record.h"].map { folder.appending(path: $0) }
        let output = context.pluginWorkDirectoryURL.appending(path: "KernelObject.swift")
        let clang = try context.tool(named: "clang").url
        return [
            .buildCommand(
                displayName: "Compiling \(source.lastPathComponent) for the kernel",
                executable: URL(filePath: "/bin/sh"),
                arguments: [script.path(), clang.path(), source.path(), output.path()],
                inputFiles: [source, script] + headers,
                outputFiles: [output]
            )
        ]
    }
}
