// SPDX-License-Identifier: Apache-2.0
// Copyright the Redoubt authors

extension SystemState {
    /// The number that stands for the current directory in place of a directory's descriptor.
    package static let currentDirectory: Int64 = -100
    private static let longest = 4096

    /// The thread whose current directory a thread has.
    func directoryOwner(of index: UInt32) -> UInt32 {
        let entry = threads + Int(index)
        guard entry.pointee.flags.contains(.sharesDirectory), entry.pointee.processID != entry.pointee.threadID else {
            return index
        }
        let main = threadIndex.find(UInt64(bitPattern: entry.pointee.processID))
        return main == FlatIndex.absent ? index : main
    }

    /// The current directory of a thread, without a slash at its end; the root is `/`.
    package func directory(ofThread id: Int64) -> UnsafeBufferPointer<UInt8> {
        let index = findThread(id)
        guard index != FlatIndex.absent else {
            return UnsafeBufferPointer(start: nil, count: 0)
        }
        return texts[threads[Int(directoryOwner(of: index))].directory]
    }

    /// A path made absolute: joined to the directory that it is relative to, without `.`, `..` and empty parts.
    ///
    /// The path is not looked up, so a symbolic link before `..` is not followed. Where the directory is not known,
    /// the path begins with `<UNKNOWN>`.
    ///
    /// - Returns: a view of the state's scratch memory, valid until the next path is resolved.
    package func resolve(
        _ path: UnsafeBufferPointer<UInt8>,
        directory descriptor: Int64,
        ofThread id: Int64
    ) -> UnsafeBufferPointer<UInt8> {
        let index = findThread(id)
        guard index != FlatIndex.absent else {
            return join(StaticBytes("<UNKNOWN>").bytes, path)
        }
        return resolve(path, directory: descriptor, of: index)
    }

    func resolve(
        _ path: UnsafeBufferPointer<UInt8>,
        directory descriptor: Int64,
        of thread: UInt32
    ) -> UnsafeBufferPointer<UInt8> {
        if path.first == UInt8(ascii: "/") {
            return join(UnsafeBufferPointer(start: nil, count: 0), path)
        }
        if descriptor == Self.currentDirectory || descriptor == Int64(UInt32(bitPattern: Int32(Self.currentDirectory)))
        {
            return join(texts[threads[Int(directoryOwner(of: thread))].directory], path)
        }
        guard let entry = findDescriptor(descriptor, of: thread), !entry.pointee.name.isEmpty else {
            return join(StaticBytes("<UNKNOWN>").bytes, path)
        }
        return join(texts[entry.pointee.name], path)
    }

    /// Joins two paths in the scratch memory.
    private func join(
        _ directory: UnsafeBufferPointer<UInt8>,
        _ path: UnsafeBufferPointer<UInt8>
    ) -> UnsafeBufferPointer<UInt8> {
        guard directory.count + path.count + 2 < Self.pathCapacity / 2, path.count <= Self.longest else {
            return StaticBytes("/PATH_TOO_LONG").bytes
        }
        var end = 0
        // A directory that does not begin with a slash is `<UNKNOWN>`, which `..` does not remove.
        let floor = directory.first == UInt8(ascii: "/") || directory.isEmpty ? 0 : directory.count
        if floor > 0 {
            (pathBuffer).update(from: directory.baseAddress ?? UnsafePointer(pathBuffer), count: directory.count)
            end = directory.count
        } else {
            end = append(directory, at: 0, floor: 0)
        }
        end = append(path, at: end, floor: floor)
        if end == 0 {
            pathBuffer[0] = UInt8(ascii: "/")
            end = 1
        }
        return UnsafeBufferPointer(start: UnsafePointer(pathBuffer), count: end)
    }

    /// Appends the parts of a path to what lies in the scratch memory, and returns the new end.
    private func append(_ path: UnsafeBufferPointer<UInt8>, at start: Int, floor: Int) -> Int {
        var end = start
        var position = 0
        while position < path.count {
            while position < path.count, path[position] == UInt8(ascii: "/") {
                position += 1
            }
            var stop = position
            while stop < path.count, path[stop] != UInt8(ascii: "/") {
                stop += 1
            }
            let length = stop - position
            if length == 2, path[position] == UInt8(ascii: "."), path[position + 1] == UInt8(ascii: ".") {
                while end > floor, pathBuffer[end - 1] != UInt8(ascii: "/") {
                    end -= 1
                }
                end = max(end - 1, floor)
            } else if length > 0, !(length == 1 && path[position] == UInt8(ascii: ".")) {
                pathBuffer[end] = UInt8(ascii: "/")
                for offset in 0..<length {
                    pathBuffer[end + 1 + offset] = path[position + offset]
                }
                end += length + 1
            }
            position = stop
        }
        return end
    }
}
